// Shows what was read: the text, each thing that was found, and its probabilities.

const [stage, boxes, answer, text, summary, list, seen, unseen, bars] = [
  "stage", "boxes", "answer", "text", "summary", "findings", "seen", "unseen", "bars",
].map((id) => document.getElementById(id));

const percent = (share) => `${(100 * share).toFixed(1)} %`;

// For each label, what shows its probability.
let rows = [];

export function start(labels) {
  rows = labels.map((label) => {
    const row = bars.insertRow();
    const header = document.createElement("th");
    header.scope = "row";
    header.textContent = label;
    const bar = document.createElement("span");
    bar.className = "bar";
    const number = document.createElement("span");
    row.append(header);
    row.insertCell().append(bar);
    row.insertCell().append(number);
    return { label, row, bar, number };
  });
  showNothing();
}

export function showNothing() {
  say("", "The sheet is empty.");
  showFindings([]);
}

export function showProblem(message) {
  say("", message, "Not read");
  showFindings([]);
}

export function showReading(reading) {
  const digits = reading.lines.flatMap((line) =>
    line.numbers.flatMap((number) => number.digits),
  );
  say(reading.text, summarize(digits, reading.rejected));
  showFindings([...digits, ...reading.rejected], reading.size);
}

function say(reading, explanation, otherwise = "No digit") {
  const reply = reading || otherwise;
  // Only what differs, or a screen reader would say the same again.
  if (text.textContent !== reply) text.textContent = reply;
  if (summary.textContent !== explanation) summary.textContent = explanation;
  const longest = Math.max(...reply.split("\n").map((line) => line.length));
  text.classList.toggle("none", !reading);
  text.dataset.length = longest > 16 ? "long" : longest > 5 ? "middle" : "short";
}

function summarize(digits, rejected) {
  const sentences = [];
  if (digits.length > 0) {
    const least = percent(Math.min(...digits.map((digit) => digit.confidence)));
    sentences.push(
      digits.length === 1
        ? `${least} sure.`
        : `${digits.length} digits, each at least ${least} sure.`,
    );
  }
  if (rejected.length > 0) {
    const counts = new Map();
    for (const { reason } of rejected) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const reasons = [...counts].map(([reason, n]) => (n > 1 ? `${reason} (${n} times)` : reason));
    sentences.push(`Left out: ${reasons.join(", ")}.`);
  }
  return sentences.join(" ") || "Nothing was found on the sheet.";
}

const isDigit = (finding) => finding.reason === undefined;

function showFindings(findings, size) {
  const frames = findings.map((finding) => frame(finding, size));
  const buttons = findings.map(button);
  const select = (chosen) => {
    for (const [k, one] of buttons.entries()) {
      one.setAttribute("aria-pressed", k === chosen);
      frames[k].classList.toggle("chosen", k === chosen && findings.length > 1);
    }
    showProbabilities(findings[chosen]);
  };
  buttons.forEach((one, k) => one.addEventListener("click", () => select(k)));
  boxes.replaceChildren(...frames);
  list.replaceChildren(...buttons.map(item));
  list.hidden = findings.length < 2;
  select(0);
}

function item(child) {
  const element = document.createElement("li");
  element.append(child);
  return element;
}

function frame({ box: [left, top, right, bottom], ...finding }, [width, height]) {
  const element = document.createElement("div");
  element.classList.toggle("rejected", !isDigit(finding));
  if (isDigit(finding)) element.dataset.label = finding.label;
  const place = {
    left: left / width,
    top: top / height,
    width: (right - left) / width,
    height: (bottom - top) / height,
  };
  for (const [side, share] of Object.entries(place)) element.style[side] = `${100 * share}%`;
  return element;
}

function button(finding) {
  const element = document.createElement("button");
  element.type = "button";
  const label = document.createElement("strong");
  const note = document.createElement("small");
  if (isDigit(finding)) {
    label.textContent = finding.label;
    note.textContent = percent(finding.confidence);
  } else {
    element.className = "rejected";
    label.textContent = "left out";
    note.textContent = finding.reason;
  }
  element.append(picture(finding), label, note);
  return element;
}

function picture({ image }) {
  if (!image) {
    const element = document.createElement("span");
    element.className = "unseen";
    return element;
  }
  const element = document.createElement("img");
  element.alt = "";
  element.src = `data:image/png;base64,${image}`;
  return element;
}

function showProbabilities(finding) {
  const image = finding?.image;
  seen.hidden = !image;
  unseen.hidden = Boolean(image);
  if (image) seen.src = `data:image/png;base64,${image}`;
  for (const [k, { label, row, bar, number }] of rows.entries()) {
    const share = finding?.probabilities?.[k];
    row.classList.toggle("largest", label === finding?.label?.toString());
    bar.style.setProperty("--share", share ?? 0);
    number.textContent = share === undefined ? "–" : percent(share);
  }
}

export function setWaiting(isWaiting) {
  answer.setAttribute("aria-busy", isWaiting);
  stage.classList.toggle("waiting", isWaiting);
}
