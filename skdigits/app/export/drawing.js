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
  const start = performance.now();
  const { levels, left, top, width, height } = sheet.toLevels();
  const framed = frameDigit(levels, width, height, model.frame);
  const digits = framed ? [classify(framed, left, top)] : [];
  performance.measure("answer", { start }); // for the browser's tools
  const text = digits.map((digit) => digit.label).join("");
  const size = [sheet.canvas.width, sheet.canvas.height];
  return { text, size, lines: [{ numbers: [{ digits }] }], rejected: [] };
}

function classify({ box, pixels }, left, top) {
  const probabilities = predict(pixels);
  const confidence = Math.max(...probabilities);
  const label = model.labels[probabilities.indexOf(confidence)];
  const place = box.map((side, k) => side + (k % 2 ? top : left));
  return { box: place, label, probabilities, confidence, image: toPNG(pixels) };
}

// In base64.
function toPNG(pixels) {
  const canvas = document.createElement("canvas");
  canvas.width = model.frame.width;
  canvas.height = model.frame.height;
  const image = new ImageData(canvas.width, canvas.height);
  image.data.fill(255); // not transparent
  for (let k = 0; k < image.data.length; k++) {
    if (k % 4 < 3) image.data[k] = pixels[k >> 2];
  }
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}

start(model.labels);

// For scripts in the console of the browser, and for tests.
globalThis.skdigits = { compile, frameDigit, model, predict };
