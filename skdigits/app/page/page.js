// Brings pointer, keys, images and the server together.

import { setWaiting, showNothing, showProblem, showReading } from "./reading.js";
import { Sheet } from "./sheet.js";

const WAIT = 150; // milliseconds without a change
const STEP = 10; // of the pen by keys, in pixels of the sheet

const [stage, canvas, pen, undo, clear, file] = [
  "stage", "sheet", "pen", "undo", "clear", "file",
].map((id) => document.getElementById(id));

// Reading: not before the pen rests, and one at a time.

let revision = 0;
let isReading = false;
let timer = 0;

function changed() {
  revision += 1;
  clearTimeout(timer);
  refresh();
  if (sheet.isEmpty) showNothing();
  else timer = setTimeout(read, WAIT);
}

function refresh() {
  undo.disabled = !sheet.canUndo;
  clear.disabled = sheet.isEmpty;
  stage.classList.toggle("empty", sheet.isEmpty);
  stage.classList.toggle("picture", sheet.hasPicture);
  stage.style.setProperty("--ratio", canvas.width / canvas.height);
}

async function read() {
  if (isReading) return;
  isReading = true;
  setWaiting(true);
  const asked = revision;
  let show;
  try {
    const reading = await ask(await sheet.toBlob());
    show = () => showReading(reading);
  } catch (error) {
    show = () => showProblem(error.message);
  }
  isReading = false;
  setWaiting(false);
  if (asked === revision) show();
  else if (!sheet.isEmpty) read(); // what was drawn meanwhile
}

async function ask(image) {
  let response;
  try {
    response = await fetch("api/read", {
      method: "POST",
      headers: { "Content-Type": image.type },
      body: image,
    });
  } catch {
    throw new Error("The server does not answer. Is it still running?");
  }
  const isJSON = response.headers.get("Content-Type") === "application/json";
  const content = isJSON ? await response.json() : {};
  if (!response.ok) throw new Error(content.error ?? `The server failed: ${response.status}.`);
  return content;
}

const sheet = new Sheet(canvas, changed);

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

function goBack(action) {
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

// Images: chosen, dropped or pasted.

async function lay(files) {
  if (files.length === 0) return;
  try {
    const picture = await createImageBitmap(files[0]);
    goBack(() => sheet.lay(picture));
  } catch {
    showProblem("This browser cannot open that file as an image.");
  }
}

file.addEventListener("change", async () => {
  await lay(file.files);
  file.value = ""; // the same file can be chosen again
});
document.addEventListener("paste", (event) => lay(event.clipboardData.files));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  stage.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) stage.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  stage.classList.remove("dropping");
  lay(event.dataTransfer.files);
});

refresh();
showPen();
