// Predicts with the layers of a network, as skdigits.neural_network describes them.
//
// Feature maps are {height, width, channels, values}, the channels running fastest, all
// else as in Python. JavaScript's numbers are float64, so sums are more exact than there.

// Returns a function that turns the pixels of an image into probabilities.
export function compile(layers, { height, width }) {
  const steps = layers.map((layer) => COMPILERS[layer.kind](layer));
  return (pixels) => {
    const image = { height, width, channels: 1, values: Float64Array.from(pixels) };
    return softmax(steps.reduce((map, step) => step(map), image).values);
  };
}

// For each kind of layer, what makes a function of feature maps of it.
const COMPILERS = {
  PixelScaler: (layer) => withValues(scale(layer)),
  Convolution: convolution,
  MaxPooling: () => pool,
  GlobalAveragePooling: () => average,
  BatchNormalization: normalization,
  Flatten: () => (map) => map,
  Dropout: () => (map) => map,
  Dense: dense,
};

const ACTIVATIONS = {
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  linear: (x) => x,
  log_sigmoid: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => (x > 0 ? x : 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

const withValues = (change) => (map) => ({ ...map, values: map.values.map(change) });

// Weights are float32, in base64.
function decode(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = characters.charCodeAt(k);
  return new Float32Array(bytes.buffer);
}

// In float32, as the scaler does with pixels that are whole numbers.
function scale(layer) {
  const offset = Math.fround(layer.offset);
  const divisor = Math.fround(layer.scale);
  return (pixel) => Math.fround(Math.fround(pixel - offset) / divisor);
}

function pool({ height, width, channels, values }) {
  const [down, right] = [Math.min(2, height), Math.min(2, width)];
  const map = makeMap(Math.floor(height / down), Math.floor(width / right), channels);
  map.values.fill(-Infinity);
  for (let y = 0; y < map.height * down; y++) {
    for (let x = 0; x < map.width * right; x++) {
      const from = (y * width + x) * channels;
      const to = (Math.floor(y / down) * map.width + Math.floor(x / right)) * channels;
      for (let i = 0; i < channels; i++) {
        if (values[from + i] > map.values[to + i]) map.values[to + i] = values[from + i];
      }
    }
  }
  return map;
}

function average({ height, width, channels, values }) {
  const map = makeMap(1, 1, channels);
  for (let k = 0; k < values.length; k++) map.values[k % channels] += values[k];
  map.values.forEach((sum, i) => (map.values[i] = sum / (height * width)));
  return map;
}

function normalization(layer) {
  const [gamma, beta, mean, variance] = [
    "gamma", "beta", "moving_mean", "moving_variance",
  ].map((name) => decode(layer[name]));
  const factors = gamma.map((value, i) => value / Math.sqrt(variance[i] + layer.epsilon));
  return withValues((value, k) => {
    const i = k % factors.length;
    return (value - mean[i]) * factors[i] + beta[i];
  });
}

function dense(layer) {
  const kernel = decode(layer.kernel);
  const bias = decode(layer.bias);
  const activate = ACTIVATIONS[layer.activation];
  const multiply = multiplier(kernel, kernel.length / bias.length, bias.length);
  const rows = makeRows(1, kernel.length / bias.length);
  const products = makeRows(1, roundUp(bias.length, COLUMNS));
  return ({ values }) => {
    rows.set(values);
    multiply(rows, products);
    const map = makeMap(1, 1, bias.length);
    for (let i = 0; i < bias.length; i++) map.values[i] = activate(products[i] + bias[i]);
    return map;
  };
}

function convolution(layer) {
  const kernel = decode(layer.kernel);
  const bias = decode(layer.bias);
  const activate = ACTIVATIONS[layer.activation];
  const isSmall =
    layer.kernel_size === 3 && layer.stride === 1 && layer.padding === "same";
  const convolve = (isSmall ? tilewise : patchwise)(kernel, bias.length, layer);
  return (map) => {
    const sums = convolve(map);
    const { values } = sums;
    for (let k = 0; k < values.length; ) {
      for (let i = 0; i < bias.length; i++, k++) values[k] = activate(values[k] + bias[i]);
    }
    return sums;
  };
}

// Each patch that the kernels see is a row of a matrix.
function patchwise(kernel, filters, { kernel_size: size, stride, padding }) {
  const length = kernel.length / filters;
  const multiply = multiplier(kernel, length, filters);
  const rowLength = roundUp(filters, COLUMNS);
  return (map) => {
    const margin = padding === "valid" ? size - 1 : 0;
    const [down, right] = [map.height, map.width].map((n) => Math.ceil((n - margin) / stride));
    const sums = makeMap(down, right, filters);
    const inputHeight = (sums.height - 1) * stride + size;
    const inputWidth = (sums.width - 1) * stride + size;
    // As TensorFlow does: the same on both sides, or one pixel more at the end.
    const top = Math.max(Math.floor((inputHeight - map.height) / 2), 0);
    const left = Math.max(Math.floor((inputWidth - map.width) / 2), 0);
    const input = pad(map, top, left, inputHeight, inputWidth);
    const n = sums.height * sums.width;
    const patches = makeRows(n, length);
    let to = 0;
    for (let y = 0; y < sums.height; y++) {
      for (let x = 0; x < sums.width; x++) {
        for (let i = 0; i < size; i++) {
          const from = ((y * stride + i) * inputWidth + x * stride) * map.channels;
          patches.set(input.subarray(from, from + size * map.channels), to);
          to += size * map.channels;
        }
      }
    }
    const products = makeRows(n, rowLength);
    multiply(patches, products);
    for (let k = 0; k < n; k++) {
      sums.values.set(products.subarray(k * rowLength, k * rowLength + filters), k * filters);
    }
    return sums;
  };
}

// A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", CVPR 2016,
// F(4x4, 3x3): 4x4 sums come from 6x6 values and 36 products, not 144, for each kernel.
const TILE = 4;
const VALUES = 6;
const N_PRODUCTS = VALUES * VALUES;

function tilewise(kernel, filters) {
  const channels = kernel.length / (9 * filters);
  const multipliers = transformKernels(kernel, channels * filters).map((matrix) =>
    multiplier(matrix, channels, filters),
  );
  return (map) => {
    const down = Math.ceil(map.height / TILE);
    const right = Math.ceil(map.width / TILE);
    const input = pad(map, 1, 1, TILE * down + 2, TILE * right + 2);
    // 36 matrices, one after the other, each with a row for each tile.
    const nRows = roundUp(down * right, ROWS);
    const tiles = new Float64Array(N_PRODUCTS * nRows * channels);
    transformTiles(input, channels, down, right, tiles);
    const products = new Float64Array(N_PRODUCTS * nRows * roundUp(filters, COLUMNS));
    for (const [k, multiply] of multipliers.entries()) {
      multiply(part(tiles, k), part(products, k));
    }
    return mergeTiles(products, makeMap(map.height, map.width, filters));
  };
}

const part = (values, k) => {
  const length = values.length / N_PRODUCTS;
  return values.subarray(k * length, (k + 1) * length);
};

// Kernels of 3x3 as 36 matrices.
function transformKernels(kernel, n) {
  const line = (a, b, c) => [
    a / 4, (-a - b - c) / 6, (-a + b - c) / 6, a / 24 + b / 12 + c / 6, a / 24 - b / 12 + c / 6, c,
  ];
  const matrices = Array.from({ length: N_PRODUCTS }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    const rows = [0, 3, 6].map((k) =>
      line(kernel[k * n + i], kernel[(k + 1) * n + i], kernel[(k + 2) * n + i]),
    );
    for (let x = 0; x < VALUES; x++) {
      const column = line(rows[0][x], rows[1][x], rows[2][x]);
      for (let y = 0; y < VALUES; y++) matrices[VALUES * y + x][i] = column[y];
    }
  }
  return matrices;
}

function transformTiles(input, channels, down, right, tiles) {
  const size = tiles.length / N_PRODUCTS;
  const rowLength = (TILE * right + 2) * channels;
  const t = new Float64Array(N_PRODUCTS);
  let to = 0;
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < right; x++) {
      for (let i = 0; i < channels; i++, to++) {
        for (let j = 0; j < VALUES; j++) {
          const from = (TILE * y + j) * rowLength + TILE * x * channels + i;
          for (let k = 0; k < VALUES; k++) t[VALUES * j + k] = input[from + k * channels];
          transformValues(t, VALUES * j, 1);
        }
        for (let k = 0; k < VALUES; k++) transformValues(t, k, VALUES);
        for (let k = 0; k < N_PRODUCTS; k++) tiles[k * size + to] = t[k];
      }
    }
  }
}

// Six values, a step apart.
function transformValues(t, first, step) {
  const a = t[first], b = t[first + step], c = t[first + 2 * step];
  const d = t[first + 3 * step], e = t[first + 4 * step], f = t[first + 5 * step];
  t[first] = 4 * a - 5 * c + e;
  t[first + step] = e + d - 4 * (c + b);
  t[first + 2 * step] = e - d - 4 * (c - b);
  t[first + 3 * step] = e - c + 2 * (d - b);
  t[first + 4 * step] = e - c - 2 * (d - b);
  t[first + 5 * step] = 4 * b - 5 * d + f;
}

// Puts the 4x4 sums of each tile, of its 36 products, into a map.
function mergeTiles(products, map) {
  const { height, width, channels, values } = map;
  const size = products.length / N_PRODUCTS;
  const right = Math.ceil(width / TILE);
  const rowLength = roundUp(channels, COLUMNS);
  const t = new Float64Array(N_PRODUCTS);
  for (let y = 0; y < height; y += TILE) {
    for (let x = 0; x < width; x += TILE) {
      const from = ((y / TILE) * right + x / TILE) * rowLength;
      const rows = Math.min(TILE, height - y);
      const columns = Math.min(TILE, width - x);
      for (let i = 0; i < channels; i++) {
        for (let k = 0; k < N_PRODUCTS; k++) t[k] = products[k * size + from + i];
        for (let k = 0; k < VALUES; k++) sumProducts(t, k, VALUES);
        for (let j = 0; j < rows; j++) {
          sumProducts(t, VALUES * j, 1);
          const to = ((y + j) * width + x) * channels + i;
          for (let k = 0; k < columns; k++) values[to + k * channels] = t[VALUES * j + k];
        }
      }
    }
  }
  return map;
}

// Four sums, of six products a step apart.
function sumProducts(t, first, step) {
  const a = t[first + step], b = t[first + 2 * step];
  const c = t[first + 3 * step], d = t[first + 4 * step];
  t[first] += a + b + c + d;
  t[first + step] = a - b + 2 * (c - d);
  t[first + 2 * step] = a + b + 4 * (c + d);
  t[first + 3 * step] = a - b + 8 * (c - d) + t[first + 5 * step];
}

// Of products, this many rows and columns at a time: as many sums as the processor keeps
// in registers.
const ROWS = 2;
const COLUMNS = 4;

const roundUp = (n, step) => Math.ceil(n / step) * step;
const makeRows = (n, length) => new Float64Array(roundUp(n, ROWS) * length);

// Returns a function that multiplies rows by a matrix. Rows of the products are as long
// as the matrix is wide, rounded up.
function multiplier(matrix, height, width) {
  const fullWidth = roundUp(width, COLUMNS);
  // Four columns after the other, because their values are needed together.
  const strips = new Float64Array(height * fullWidth);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const inStrip = column % COLUMNS;
      strips[(column - inStrip) * height + row * COLUMNS + inStrip] = matrix[row * width + column];
    }
  }
  return (rows, products) => multiplyStrips(rows, strips, height, fullWidth, products);
}

// All that it needs are arguments, which are quicker than names from outside.
function multiplyStrips(rows, strips, height, fullWidth, products) {
  for (let column = 0; column < fullWidth; column += COLUMNS) {
    for (let start = 0, to = column; start < rows.length; start += ROWS * height) {
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0;
      let b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      let s = column * height;
      for (let k = start; k < start + height; k++, s += COLUMNS) {
        const a = rows[k], b = rows[k + height];
        const m0 = strips[s], m1 = strips[s + 1], m2 = strips[s + 2], m3 = strips[s + 3];
        a0 += a * m0;
        a1 += a * m1;
        a2 += a * m2;
        a3 += a * m3;
        b0 += b * m0;
        b1 += b * m1;
        b2 += b * m2;
        b3 += b * m3;
      }
      products[to] = a0;
      products[to + 1] = a1;
      products[to + 2] = a2;
      products[to + 3] = a3;
      to += fullWidth;
      products[to] = b0;
      products[to + 1] = b1;
      products[to + 2] = b2;
      products[to + 3] = b3;
      to += fullWidth;
    }
  }
}

function makeMap(height, width, channels) {
  return { height, width, channels, values: new Float64Array(height * width * channels) };
}

// The values of a map within zeros, or without its last rows and columns.
function pad(map, top, left, height, width) {
  const padded = new Float64Array(height * width * map.channels);
  const n = Math.min(map.width, width - left) * map.channels;
  for (let y = 0; y < Math.min(map.height, height - top); y++) {
    const from = y * map.width * map.channels;
    const to = ((top + y) * width + left) * map.channels;
    padded.set(map.values.subarray(from, from + n), to);
  }
  return padded;
}

function softmax(values) {
  const largest = values.reduce((most, value) => Math.max(most, value));
  const powers = Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}
