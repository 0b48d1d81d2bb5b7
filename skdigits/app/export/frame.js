// Frames a drawing as DigitNormalizer(polarity="dark") does, step by step and in the same
// numbers. Its fit of the background is left out: the sheet is exactly white, and a digit
// never covers three quarters of its border.

const INK_DEVIATIONS = 4;
const FAINT = 1 / 32;
const SOLID = 1 / 8;
const LEAST_CONTRAST = 1 / 64;
const WHITE = 255;
// How much ink makes a grey level.
const INK = Float64Array.from({ length: 256 }, (_, level) => 1 - level / WHITE);

// Takes grey levels, which it changes, and returns the framed pixels and the box of the
// digit on the sheet: left, top, right, bottom. Null means that there is no digit.
export function frameDigit(levels, width, height, frame) {
  let extremes = darkest(levels, width, height);
  const noise = findNoise(levels, width, height, INK[Math.min(...extremes.rows)] * FAINT);
  if (noise > 0) {
    erase(levels, width, height, INK_DEVIATIONS * noise);
    extremes = darkest(levels, width, height);
  }
  const box = findDigit(extremes, noise > 0, frame.box_size);
  if (!box) return null;
  const digit = resize(crop(levels, width, box), frame.box_size);
  return { box, pixels: place(digit, whiteLevel(digit.values, frame.box_size), frame) };
}

// The darkest level of each row and of each column.
function darkest(levels, width, height) {
  const rows = new Uint8Array(height).fill(WHITE);
  const columns = new Uint8Array(width).fill(WHITE);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const level = levels[row * width + column];
      if (level === WHITE) continue;
      if (level < rows[row]) rows[row] = level;
      if (level < columns[column]) columns[column] = level;
    }
  }
  return { rows, columns };
}

// Of the faint pixels of the border: where strokes touch it, they are smooth.
function findNoise(levels, width, height, limit) {
  let squares = 0;
  let n = 1;
  for (let row = 0; row < height; row++) {
    const isEdge = row === 0 || row === height - 1;
    for (let column = 0; column < width; column += isEdge ? 1 : Math.max(width - 1, 1)) {
      const ink = INK[levels[row * width + column]];
      if (ink > limit) continue;
      squares += ink * ink;
      n += 1;
    }
  }
  return Math.sqrt(squares / n);
}

// Erases what is no more than noise, and then pixels that no other touches.
function erase(levels, width, height, limit) {
  for (let k = 0; k < levels.length; k++) if (INK[levels[k]] <= limit) levels[k] = WHITE;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (levels[row * width + column] === WHITE) continue;
      let n = 0;
      for (let i = Math.max(row - 1, 0); i < Math.min(row + 2, height); i++) {
        for (let j = Math.max(column - 1, 0); j < Math.min(column + 2, width); j++) {
          if (levels[i * width + j] < WHITE) n += 1;
        }
      }
      if (n === 1) levels[row * width + column] = WHITE;
    }
  }
}

function findDigit({ rows, columns }, isNoisy, boxSize) {
  const contrast = INK[Math.min(...rows)];
  if (contrast <= LEAST_CONTRAST) return null;
  const [top, bottom] = span(rows, 0, rows.length, contrast * SOLID);
  const [left, right] = span(columns, 0, columns.length, contrast * SOLID);
  const rim = isNoisy ? 1 : Math.ceil(Math.max(bottom - top, right - left) / boxSize);
  const [first, last] = span(rows, top - rim, bottom + rim, 0);
  const [near, far] = span(columns, left - rim, right + rim, 0);
  return [near, first, far, last];
}

// The ends of what has more than so much ink, between two places.
function span(levels, start, stop, ink) {
  let first = levels.length;
  let end = 0;
  for (let k = Math.max(start, 0); k < Math.min(stop, levels.length); k++) {
    if (INK[levels[k]] <= ink) continue;
    first = Math.min(first, k);
    end = k + 1;
  }
  return [first, end];
}

const makeImage = (height, width) => ({ height, width, values: new Float64Array(height * width) });

function crop(levels, width, [left, top, right, bottom]) {
  const image = makeImage(bottom - top, right - left);
  for (let row = 0; row < image.height; row++) {
    for (let column = 0; column < image.width; column++) {
      image.values[row * image.width + column] =
        INK[levels[(top + row) * width + left + column]];
    }
  }
  return image;
}

function resize(image, boxSize) {
  const scale = boxSize / Math.max(image.height, image.width);
  const shorter = resizeRows(image, Math.max(1, roundHalfToEven(image.height * scale)));
  const width = Math.max(1, roundHalfToEven(image.width * scale));
  return transpose(resizeRows(transpose(shorter), width));
}

function resizeRows(source, height) {
  const target = makeImage(height, source.width);
  const ratio = source.height / height;
  for (let row = 0; row < height; row++) {
    let start = row * ratio;
    let end = (row + 1) * ratio;
    if (ratio < 1) {
      start = Math.min(Math.max((start + end) / 2 - 0.5, 0), source.height - 1);
      end = start + 1;
    }
    for (let k = Math.floor(start); k < Math.min(Math.ceil(end), source.height); k++) {
      const weight = (Math.min(k + 1, end) - Math.max(k, start)) / Math.max(ratio, 1);
      for (let column = 0; column < source.width; column++) {
        target.values[row * source.width + column] +=
          weight * source.values[k * source.width + column];
      }
    }
  }
  return target;
}

function transpose({ height, width, values }) {
  const turned = makeImage(width, height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      turned.values[column * height + row] = values[row * width + column];
    }
  }
  return turned;
}

function whiteLevel(values, nWhite) {
  const least = values.reduce((most, value) => Math.max(most, value), 0) / 2;
  const bright = values.filter((value) => value >= least).sort();
  return bright.length > nWhite ? bright[bright.length - nWhite] : least;
}

function place({ height, width, values }, white, frame) {
  const pixels = values.map((ink) => roundHalfToEven(WHITE * Math.min(ink / white, 1)));
  let total = 0;
  let y = 0;
  let x = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = pixels[row * width + column];
      total += pixel;
      y += pixel * row;
      x += pixel * column;
    }
  }
  const top = firstPixel(y / total, height, frame.height);
  const left = firstPixel(x / total, width, frame.width);
  const framed = new Uint8Array(frame.height * frame.width);
  for (let row = 0; row < height; row++) {
    framed.set(
      pixels.subarray(row * width, (row + 1) * width),
      (top + row) * frame.width + left,
    );
  }
  return framed;
}

function firstPixel(centreOfMass, size, frameSize) {
  const first = Math.ceil(Math.floor(frameSize / 2) - 0.5 - centreOfMass);
  return Math.min(Math.max(first, 0), frameSize - size);
}

// As NumPy and Python round numbers that are not negative.
function roundHalfToEven(number) {
  const rounded = Math.round(number);
  return rounded - number === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
