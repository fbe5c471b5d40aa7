// Mirrors solutions/vgg16.py, for one picture at a time. Maps are kept channels last, with a border of zeros.

import { affine, Matrix, products } from "./arrays.js";

const CONVOLUTIONS = [2, 2, 3, 3, 3]; // of each block
const IMAGENET_MEAN_BGR = [103.939, 116.779, 123.68];

/** Prepare weights as `vgg16_load` gives them, for `vgg16Forward`. */
export function vgg16Prepare(arrays) {
  const layers = [];
  let channels = 3;
  const add = (name, rows, valueOf) => {
    const [w, bias] = [arrays[`${name}_w`], arrays[`${name}_b`]];
    const matrix = new Matrix(rows, bias.length, valueOf(w, w.length / bias.length, bias.length));
    const b = new Float32Array(matrix.padded);
    b.set(bias);
    layers.push({ name, matrix, b });
  };
  CONVOLUTIONS.forEach((count, block) => {
    for (let n = 1; n <= count; n++) {
      // Rows run over the window's rows, its columns, and the channels, of which some may be padding.
      const padded = channels;
      add(`conv${block + 1}_${n}`, 9 * padded, (w, inputs) => (row, filter) => {
        const c = row % padded;
        return c < inputs / 9 ? w[filter * inputs + c * 9 + Math.floor(row / padded)] : 0;
      });
      channels = layers.at(-1).matrix.padded;
    }
    layers.push({ name: `pool${block + 1}` });
  });
  const imageSize = 32 * Math.round(Math.sqrt(arrays.fc6_w.length / arrays.fc6_b.length / arrays.conv5_3_b.length));
  for (const name of ["fc6", "fc7"])
    add(name, arrays[`${name}_w`].length / arrays[`${name}_b`].length, (w, _, columns) => (row, column) => w[row * columns + column]);
  return { layers, imageSize };
}

/** Convolve a map of `size` pixels with 3 x 3 filters. */
function convolved(map, size, { matrix, b }) {
  const [width, channels] = [size + 2, matrix.rows / 9];
  const out = new Float32Array(width * width * matrix.padded);
  for (let y = 0; y < size; y++) {
    const to = ((y + 1) * width + 1) * matrix.padded;
    products(map, y * width * channels, channels, 3, width * channels, size, matrix, b, 0, out, to);
  }
  return out;
}

/** Keep the greatest of each 2 x 2 pixels. */
function pooled(map, size, channels) {
  const [width, half] = [size + 2, size / 2];
  const out = new Float32Array((half + 2) ** 2 * channels);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      let at = ((2 * y + 1) * width + 2 * x + 1) * channels;
      let to = ((y + 1) * (half + 2) + x + 1) * channels;
      for (const end = to + channels; to < end; to++, at++) {
        const below = at + width * channels;
        out[to] = Math.max(map[at], map[at + channels], map[below], map[below + channels]);
      }
    }
  return out;
}

/** The cells of a map without its border, row after row, with all real channels of each. */
function cellsOf(map, size, channels, real) {
  const cells = new Float32Array(size * size * real);
  for (let cell = 0; cell < size * size; cell++) {
    const at = ((Math.floor(cell / size) + 1) * (size + 2) + (cell % size) + 1) * channels;
    cells.set(map.subarray(at, at + real), cell * real);
  }
  return cells;
}

/**
 * Run the network for a picture of RGBA bytes, up to a named layer.
 *
 * @returns of a fully connected layer its units; of any other its cells, row after row, with all channels of each
 */
export function vgg16Forward({ layers }, picture, layer = "fc7") {
  let size = Math.sqrt(picture.length / 4);
  let [channels, real] = [3, 3];
  let map = new Float32Array((size + 2) ** 2 * 3);
  for (let y = 0, from = 0; y < size; y++)
    for (let x = 0, to = ((y + 1) * (size + 2) + 1) * 3; x < size; x++, from += 4)
      for (let c = 0; c < 3; c++, to++) map[to] = picture[from + 2 - c] - IMAGENET_MEAN_BGR[c];
  for (const step of layers) {
    if (step.name.startsWith("pool")) {
      map = pooled(map, size, channels);
      size /= 2;
    } else if (step.name.startsWith("conv")) {
      map = convolved(map, size, step);
      ({ padded: channels, columns: real } = step.matrix);
    } else {
      // fc6 reads channel after channel.
      const cells = size ? cellsOf(map, size, channels, real) : map;
      const inputs = size ? cells.map((_, i) => cells[(i % (size * size)) * real + Math.floor(i / (size * size))]) : map;
      map = affine(inputs, 1, step.matrix, step.b);
      size = 0;
    }
    if (step.matrix) for (let i = 0; i < map.length; i++) if (map[i] < 0) map[i] = 0;
    if (step.name === layer) return size ? cellsOf(map, size, channels, real) : map;
  }
  throw new Error(`there is no layer ${layer}`);
}
