// Shows images with what the model takes them for, and sends what people decide.

const MOST_TILES = 1000;
const NO_DIGIT = "no digit";

const $ = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const nameOf = (label) => label ?? NO_DIGIT;
const addressOf = (number, picture) => `api/images/${number}/${picture}`;

let items = [];
let order = [];
let labels = [];
let decisions = new Map(); // by number of the image
let first = []; // shown before the others: clicked as wrong, or undone
let isBusy = false;
let isGrid = false;
let proposal; // whose images are in the grid; null is no digit

// The server: what it has written counts, and nothing else.

async function ask(address, content) {
  const options = content && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  };
  let response;
  try {
    response = await fetch(`api/${address}`, options);
  } catch {
    throw new Error("The server does not answer. Is it still running? Run the command again to go on.");
  }
  const isJSON = response.headers.get("Content-Type") === "application/json";
  const answer = isJSON ? await response.json() : {};
  if (!response.ok) throw new Error(answer.error ?? `The server failed: ${response.status}.`);
  return answer;
}

const toMap = (decided) =>
  new Map(Object.entries(decided).map(([number, label]) => [Number(number), label]));

// One request at a time; what is pressed meanwhile is about an image that has gone.
async function act(work) {
  if (isBusy) return;
  isBusy = true;
  try {
    say((await work()) ?? "");
  } catch (error) {
    say(error.message, true);
  }
  isBusy = false;
  show();
}

function say(text, isProblem = false) {
  $("message").textContent = text;
  $("message").classList.toggle("problem", isProblem);
}

const decide = (decided) =>
  act(async () => {
    const answer = await ask("decide", { labels: decided });
    for (const [number, label] of toMap(answer.decided)) decisions.set(number, label);
  });

const undo = () =>
  act(async () => {
    const answer = await ask("undo", {});
    if (answer.undone.length === 0) return "There is nothing to undo.";
    decisions = toMap(answer.decisions);
    first = answer.undone;
    return answer.undone.length > 1 ? `${answer.undone.length} decisions are undone.` : "Undone.";
  });

const save = () => act(async () => (await ask("save", {})).message);

// What is left.

const isOpen = (number) => !decisions.has(number);
const current = () => first.find(isOpen) ?? order.find(isOpen);
const openOf = (label) =>
  order.filter((number) => isOpen(number) && items[number].proposal === label);

function show() {
  const n = decisions.size;
  $("progress").value = n;
  $("count").textContent = `${n.toLocaleString("en")} of ${items.length.toLocaleString("en")} decided`;
  $("undo").disabled = n === 0;
  $("single").hidden = isGrid;
  $("grid").hidden = !isGrid;
  $("show-single").setAttribute("aria-pressed", !isGrid);
  $("show-grid").setAttribute("aria-pressed", isGrid);
  if (isGrid) showGrid();
  else showSingle();
}

// One by one.

function showSingle() {
  const number = current();
  $("done").hidden = number !== undefined;
  $("item").hidden = number === undefined;
  if (number === undefined) return;
  const item = items[number];
  $("seen").src = addressOf(number, "seen");
  $("surroundings-figure").hidden = !item.has_surroundings;
  if (item.has_surroundings) $("surroundings").src = addressOf(number, "surroundings");
  $("proposal").textContent = nameOf(item.proposal);
  $("proposal").classList.toggle("none", item.proposal === null);
  $("sure").textContent = item.note || (item.confidence === null ? "" : `${percent(item.confidence)} sure`);
  $("given").hidden = item.given === null || item.given === item.proposal;
  $("given").textContent = `Labelled ${item.given}`;
  $("name").textContent = item.name;
  $("keypad").querySelector(".accept").firstChild.data = `Accept ${nameOf(item.proposal)} `;
  const next = order.find((other) => other !== number && isOpen(other));
  if (next !== undefined) new Image().src = addressOf(next, "seen");
}

function decideCurrent(choose) {
  const number = current();
  if (number !== undefined) decide({ [number]: choose(items[number]) });
}

function addKey(text, key, choose, className = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.append(text);
  if (className) {
    const hint = document.createElement("kbd");
    hint.textContent = key;
    button.append(hint);
  }
  button.addEventListener("click", () => decideCurrent(choose));
  $("keypad").append(button);
}

function startKeypad() {
  addKey("Accept ", "Space", (item) => item.proposal, "wide accept");
  addKey("No digit ", "X", () => null, "wide none");
  for (const label of labels) addKey(label, label, () => label);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (key === "z") undo();
  else if (isGrid) return;
  else if (key === "x") decideCurrent(() => null);
  else if (/^\d$/.test(key) && labels.includes(key)) decideCurrent(() => key);
  // A button that has the focus is what the space bar is for.
  else if (key === " " && event.target.tagName !== "BUTTON") decideCurrent((item) => item.proposal);
  else return;
  event.preventDefault();
});
// After a click, the space bar accepts the next proposal, and does not click again.
document.addEventListener("click", (event) => {
  if (event.detail > 0) document.activeElement.blur();
});

// Many at once: all images with one proposal.

function showGrid() {
  const counts = new Map([...labels, null].map((label) => [label, 0]));
  for (const number of order.filter(isOpen)) {
    const label = items[number].proposal;
    counts.set(label, counts.get(label) + 1);
  }
  if (!counts.get(proposal)) proposal = [...counts.keys()].find((label) => counts.get(label)) ;
  $("classes").replaceChildren(
    ...[...counts].filter(([, count]) => count).map(([label, count]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${nameOf(label)} (${count.toLocaleString("en")})`;
      button.setAttribute("aria-pressed", label === proposal);
      button.addEventListener("click", () => {
        proposal = label;
        showGrid();
      });
      return button;
    }),
  );
  const numbers = openOf(proposal).slice(0, MOST_TILES);
  $("tiles").replaceChildren(...numbers.map(tile));
  $("task").textContent = numbers.length
    ? `Click the wrong ones, then accept the others as ${nameOf(proposal)}. The least sure come first.`
    : "You have decided on all images. Save them, or undo to decide again.";
  showAccept();
}

function tile(number) {
  const { name, given } = items[number];
  const button = document.createElement("button");
  button.type = "button";
  button.title = name;
  button.dataset.number = number;
  button.setAttribute("aria-pressed", false);
  const image = document.createElement("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = name;
  image.src = addressOf(number, "seen");
  button.append(image);
  if (given !== null && given !== proposal) {
    const note = document.createElement("small");
    note.textContent = `was ${given}`;
    button.append(note);
  }
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", !isWrong(button));
    showAccept();
  });
  return button;
}

const isWrong = (button) => button.getAttribute("aria-pressed") === "true";

function showAccept() {
  const tiles = [...$("tiles").children];
  const n = tiles.filter((button) => !isWrong(button)).length;
  $("bar").hidden = tiles.length === 0;
  $("accept").textContent = n ? `Accept ${n.toLocaleString("en")} as ${nameOf(proposal)}` : "Decide one by one";
}

async function acceptGrid() {
  const tiles = [...$("tiles").children];
  const numbersOf = (buttons) => buttons.map((button) => Number(button.dataset.number));
  const right = numbersOf(tiles.filter((button) => !isWrong(button)));
  const wrong = numbersOf(tiles.filter(isWrong));
  if (right.length) await decide(Object.fromEntries(right.map((number) => [number, proposal])));
  if (right.some(isOpen)) return; // it was not written
  first = wrong;
  isGrid = wrong.length === 0;
  scrollTo(0, 0);
  show();
}

// The start.

$("undo").addEventListener("click", undo);
$("save").addEventListener("click", save);
$("accept").addEventListener("click", acceptGrid);
for (const [id, wanted] of [["show-single", false], ["show-grid", true]]) {
  $(id).addEventListener("click", () => {
    isGrid = wanted;
    say("");
    show();
  });
}

try {
  const review = await ask("review");
  ({ items, order, labels } = review);
  decisions = toMap(review.decisions);
  $("source").textContent = review.name;
  $("progress").max = items.length;
  startKeypad();
  show();
} catch (error) {
  say(error.message, true);
}
