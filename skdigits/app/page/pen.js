// Draws on the sheet with pointers and keys; undoes and clears.

import { Sheet } from "./sheet.js";

const STEP = 10; // of the pen by keys, in pixels of the sheet

const [stage, canvas, pen, undo, clear] = ["stage", "sheet", "pen", "undo", "clear"].map((id) =>
  document.getElementById(id),
);

let tell = () => {};
export const sheet = new Sheet(canvas, () => {
  showState();
  tell();
});

export function whenChanged(action) {
  tell = action;
}

function showState() {
  undo.disabled = !sheet.canUndo;
  clear.disabled = sheet.isEmpty;
  stage.classList.toggle("empty", sheet.isEmpty);
  stage.classList.toggle("picture", sheet.hasPicture);
  stage.style.setProperty("--ratio", canvas.width / canvas.height);
}

// Drawing with mouse, finger or pen.

let pointer = null;

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * canvas.width,
    ((event.clientY - box.top) / box.height) * canvas.height,
  ];
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || pointer !== null || sheet.hasPicture) return;
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  lift();
  sheet.begin(...place(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const points = event.getCoalescedEvents?.() ?? [];
  for (const point of points.length > 0 ? points : [event]) sheet.extend(...place(point));
});
for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
  canvas.addEventListener(type, (event) => {
    if (event.pointerId === pointer) pointer = null;
  });
}

// Drawing with keys.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const position = { x: canvas.width / 2, y: canvas.height / 4, isDown: false };

function lift() {
  position.isDown = false;
  showPen();
}

function showPen() {
  pen.style.left = `${(100 * position.x) / canvas.width}%`;
  pen.style.top = `${(100 * position.y) / canvas.height}%`;
  pen.classList.toggle("down", position.isDown);
}

canvas.addEventListener("keydown", (event) => {
  const direction = DIRECTIONS[event.key];
  if (sheet.hasPicture || !(direction || event.key === " ")) return;
  event.preventDefault();
  if (direction) {
    const step = event.shiftKey ? 4 * STEP : STEP;
    position.x = Math.min(Math.max(position.x + step * direction[0], 0), canvas.width);
    position.y = Math.min(Math.max(position.y + step * direction[1], 0), canvas.height);
    if (position.isDown) sheet.extend(position.x, position.y);
  } else if (!event.repeat) {
    position.isDown = !position.isDown;
    if (position.isDown) sheet.begin(position.x, position.y);
  }
  showPen();
});
canvas.addEventListener("blur", lift);

// Undo and clear.

export function goBack(action) {
  pointer = null;
  lift();
  action();
}

undo.addEventListener("click", () => goBack(() => sheet.undo()));
clear.addEventListener("click", () => goBack(() => sheet.clear()));
document.addEventListener("keydown", (event) => {
  const isControl = event.ctrlKey || event.metaKey;
  if (isControl && event.key.toLowerCase() === "z" && !event.shiftKey) goBack(() => sheet.undo());
  else if (!isControl && ["Delete", "Backspace"].includes(event.key)) goBack(() => sheet.clear());
  else return;
  event.preventDefault();
});

showState();
showPen();
