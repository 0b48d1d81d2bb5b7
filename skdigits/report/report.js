"use strict";
// Opens the images behind a cell of the confusion matrix.

const data = JSON.parse(document.getElementById("viewer-data").textContent);
const viewer = document.getElementById("viewer");
const cells = [...document.querySelectorAll("button.cell")];
const side = data.labels.length;

function tile(position) {
  const row = data.rows[position];
  const label = data.labels[data.predicted[position]];
  const digit = document.createElement("span");
  digit.className = "digit";
  digit.dataset.index = row;
  digit.style.setProperty("--column", position % data.columns);
  digit.style.setProperty("--line", Math.floor(position / data.columns));
  digit.setAttribute("role", "img");
  digit.setAttribute("aria-label", `Image ${row}, predicted ${label}`);
  const caption = document.createElement("small");
  caption.textContent = `#${row}`;
  if (data.confidence) {
    caption.textContent += `\n${(100 * data.confidence[position]).toFixed(1)} %`;
  }
  const item = document.createElement("li");
  item.append(digit, caption);
  return item;
}

function open(cell) {
  const [label, predicted, count] = ["true", "predicted", "count"].map(
    (name) => Number(cell.dataset[name]),
  );
  const shown = [...data.rows.keys()].filter(
    (i) => data.true[i] === label && data.predicted[i] === predicted,
  );
  const plural = count === 1 ? "image" : "images";
  document.getElementById("viewer-title").textContent =
    `True ${data.labels[label]}, predicted ${data.labels[predicted]}: ${count} ${plural}`;
  const notes = [];
  if (shown.length < count) {
    notes.push(`This report contains ${shown.length} of the ${count}.`);
  }
  if (data.confidence && shown.length > 0) {
    notes.push("Below each image are its number and the probability of the predicted label.");
  }
  document.getElementById("viewer-note").textContent = notes.join(" ");
  document.getElementById("viewer-images").replaceChildren(...shown.map(tile));
  viewer.showModal();
  document.getElementById("viewer-images").scrollTop = 0;
}

const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

cells.forEach((cell, position) => {
  cell.addEventListener("click", () => open(cell));
  cell.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    const [down, right] = steps[event.key];
    const line = Math.floor(position / side) + down;
    const column = (position % side) + right;
    if (0 <= line && line < side && 0 <= column && column < side) {
      cells[line * side + column].focus();
    }
  });
});

document.getElementById("viewer-close").addEventListener("click", () => viewer.close());
viewer.addEventListener("click", (event) => {
  if (event.target === viewer) viewer.close(); // the backdrop
});
