// Brings drawings, images and the server together.

import { goBack, sheet, whenChanged } from "./pen.js";
import { setWaiting, showNothing, showProblem, showReading, start } from "./reading.js";

const WAIT = 150; // milliseconds without a change

const [stage, file] = ["stage", "file"].map((id) => document.getElementById(id));

// Reading: not before the pen rests, and one at a time.

let revision = 0;
let isReading = false;
let timer = 0;

whenChanged(() => {
  revision += 1;
  clearTimeout(timer);
  if (sheet.isEmpty) showNothing();
  else timer = setTimeout(read, WAIT);
});

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

start(Array.from({ length: 10 }, (_, digit) => String(digit)));
