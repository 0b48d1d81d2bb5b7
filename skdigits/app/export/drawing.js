// The page as one file: frames what is drawn, and predicts.

import { frameDigit } from "./frame.js";
import { compile } from "./network.js";
import { sheet, whenChanged } from "./pen.js";
import { showNothing, showReading, start } from "./reading.js";

const WAIT = 150; // milliseconds without a change

const model = JSON.parse(document.getElementById("model").textContent);
const predict = compile(model.layers, model.frame);

let timer = 0;

whenChanged(() => {
  clearTimeout(timer);
  if (sheet.isEmpty) showNothing();
  else timer = setTimeout(() => showReading(read()), WAIT);
});

// What was read, in the form in which the server of skdigits has it.
function read() {
  const { width, height } = sheet.canvas;
  const framed = frameDigit(sheet.toLevels(), width, height, model.frame);
  const digits = framed ? [classify(framed)] : [];
  const text = digits.map((digit) => digit.label).join("");
  return { text, size: [width, height], lines: [{ numbers: [{ digits }] }], rejected: [] };
}

function classify({ box, pixels }) {
  const probabilities = predict(pixels);
  const confidence = Math.max(...probabilities);
  const label = model.labels[probabilities.indexOf(confidence)];
  return { box, label, probabilities, confidence, image: toPNG(pixels) };
}

// In base64.
function toPNG(pixels) {
  const canvas = document.createElement("canvas");
  canvas.width = model.frame.width;
  canvas.height = model.frame.height;
  const image = new ImageData(canvas.width, canvas.height);
  for (const [k, level] of pixels.entries()) image.data.set([level, level, level, 255], 4 * k);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}

start(model.labels);

// For scripts in the console of the browser, and for tests.
globalThis.skdigits = { compile, frameDigit, model, predict };
