// Mirrors solutions/vgg16.py, for one picture at a time. Maps are kept channels last, with a border of zeros.

import { affine, nonzero, product } from "./arrays.js";

const block = (number, convolutions) => [...convolutions.map((n) => `conv${number}_${n}`), `pool${number}`];
const LAYERS = [block(1, [1, 2]), block(2, [1, 2]), ...[3, 4, 5].map((n) => block(n, [1, 2, 3])), "fc6", "fc7"].flat();
const IMAGENET_MEAN_BGR = [103.939, 116.779, 123.68];

/** Convolve a map of `size` pixels with 3 x 3 filters. */
function convolved(map, size, matrix, b) {
  const [width, channels] = [size + 2, matrix.rows / 9];
  const [read, out] = [nonzero(map, channels), new Float32Array(width * width * matrix.padded)];
  for (let y = 0; y < size; y++)
    for (let x = 0, at = y * width; x < size; x++, at++)
      product(read, [at, at + width, at + 2 * width], 3, matrix, b, out, (at + width + 1) * matrix.padded);
  return out;
}

/** Keep the greatest of each 2 x 2 pixels. */
function pooled(map, size, channels) {
  const [width, half, row] = [size + 2, size / 2, (size + 2) * channels];
  const out = new Float32Array((half + 2) ** 2 * channels);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      let at = ((2 * y + 1) * width + 2 * x + 1) * channels;
      let to = ((y + 1) * (half + 2) + x + 1) * channels;
      for (const end = to + channels; to < end; to++, at++)
        out[to] = Math.max(map[at], map[at + channels], map[at + row], map[at + row + channels]);
    }
  return out;
}

/** The cells of a map without its border, row after row, with so many of each cell's channels. */
function cellsOf(map, size, channels, count) {
  const cells = new Float32Array(size * size * count);
  for (let cell = 0; cell < size * size; cell++) {
    const at = ((Math.floor(cell / size) + 1) * (size + 2) + (cell % size) + 1) * channels;
    cells.set(map.subarray(at, at + count), cell * count);
  }
  return cells;
}

/** Run the network up to a layer, for RGBA bytes: its units, or cell after cell all channels of its map. */
export function vgg16Forward(params, picture, layer = "fc7") {
  let [size, channels, real] = [Math.sqrt(picture.length / 4), 3, 3];
  let map = new Float32Array((size + 2) ** 2 * 3);
  for (let y = 0, from = 0; y < size; y++)
    for (let x = 0, to = ((y + 1) * (size + 2) + 1) * 3; x < size; x++, from += 4)
      for (let c = 0; c < 3; c++, to++) map[to] = picture[from + 2 - c] - IMAGENET_MEAN_BGR[c];
  for (const name of LAYERS.slice(0, LAYERS.indexOf(layer) + 1)) {
    const [w, b] = [params[`${name}_w`], params[`${name}_b`]];
    if (name === "fc6") map = cellsOf(map, size, channels, channels);
    if (!w) [map, size] = [pooled(map, size, channels), size / 2];
    else map = name.startsWith("fc") ? affine(map, 1, w, b) : convolved(map, size, w, b);
    if (w) [channels, real] = [w.padded, w.columns];
    for (let i = 0; i < map.length; i++) if (map[i] < 0) map[i] = 0;
  }
  return layer.startsWith("fc") ? map : cellsOf(map, size, channels, real);
}
