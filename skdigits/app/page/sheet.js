// The sheet of paper: what was drawn on it, or the image that lies on it.

const SIZE = { width: 800, height: 600 };
const PEN_WIDTH = 22;
// What is read is not larger.
const LONGEST_SIDE = 1600;

export class Sheet {
  // Clearing takes a new leaf, so that it can be undone like a stroke.
  #leaves = [{ picture: null, strokes: [] }];

  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.#paint();
  }

  // Kept in memory: what is drawn is read soon after.
  get #context() {
    return this.canvas.getContext("2d", { willReadFrequently: true });
  }

  get #leaf() {
    return this.#leaves.at(-1);
  }

  get isEmpty() {
    return !this.hasPicture && this.#leaf.strokes.length === 0;
  }

  get hasPicture() {
    return this.#leaf.picture !== null;
  }

  get canUndo() {
    return !this.isEmpty || this.#leaves.length > 1;
  }

  begin(x, y) {
    this.#leaf.strokes.push([[x, y]]);
    this.#update();
  }

  extend(x, y) {
    this.#leaf.strokes.at(-1).push([x, y]);
    this.#update();
  }

  undo() {
    if (!this.canUndo) return;
    if (this.#leaf.strokes.length > 0) this.#leaf.strokes.pop();
    else if (this.#leaves.length > 1) this.#leaves.pop();
    this.#update();
  }

  clear() {
    if (this.isEmpty) return;
    this.#leaves.push({ picture: null, strokes: [] });
    this.#update();
  }

  lay(picture) {
    this.#leaves.push({ picture: reduced(picture), strokes: [] });
    this.#update();
  }

  toBlob() {
    const type = this.hasPicture ? "image/jpeg" : "image/png";
    return new Promise((resolve) => this.canvas.toBlob(resolve, type, 0.95));
  }

  // The grey levels of the part with the strokes, and where it is. It is the whole sheet
  // where a stroke comes near to its border, else a part that has a white border, too.
  toLevels() {
    const [left, top, right, bottom] = this.#partWithStrokes();
    const [width, height] = [right - left, bottom - top];
    const { data } = this.#context.getImageData(left, top, width, height);
    const levels = new Uint8Array(width * height);
    for (let k = 0; k < levels.length; k++) levels[k] = data[4 * k];
    return { levels, left, top, width, height };
  }

  #partWithStrokes() {
    const { width, height } = this.canvas;
    const margin = PEN_WIDTH / 2 + 2;
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (const [x, y] of this.#leaf.strokes.flat()) {
      left = Math.min(left, Math.floor(x - margin));
      top = Math.min(top, Math.floor(y - margin));
      right = Math.max(right, Math.ceil(x + margin));
      bottom = Math.max(bottom, Math.ceil(y + margin));
    }
    const isInside = left > 0 && top > 0 && right < width && bottom < height;
    return isInside ? [left, top, right, bottom] : [0, 0, width, height];
  }

  #update() {
    this.#paint();
    this.changed();
  }

  #paint() {
    const { picture, strokes } = this.#leaf;
    const { width, height } = picture ?? SIZE;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = this.#context;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    if (picture) context.drawImage(picture, 0, 0);
    context.lineWidth = PEN_WIDTH;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) context.stroke(smooth(stroke));
  }
}

// Leaves are kept for undo, and photos are large.
function reduced(picture) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const copy = document.createElement("canvas");
  copy.width = Math.max(1, Math.round(picture.width * scale));
  copy.height = Math.max(1, Math.round(picture.height * scale));
  const context = copy.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, copy.width, copy.height);
  picture.close();
  return copy;
}

// A curve from the middle of each pair of points to that of the next.
function smooth(points) {
  const path = new Path2D();
  path.moveTo(...points[0]);
  for (let k = 1; k < points.length - 1; k++) {
    const [x, y] = points[k];
    const [next, below] = points[k + 1];
    path.quadraticCurveTo(x, y, (x + next) / 2, (y + below) / 2);
  }
  const [x, y] = points.at(-1);
  path.lineTo(x + 0.01, y); // so that a single point is a dot
  return path;
}
