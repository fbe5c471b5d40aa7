// Mirrors dot_product_attention_forward of solutions/attention.py.

import { logSoftmax } from "./arrays.js";

/** Let n hidden states look at the cells of one picture, a row for each: what is attended, and n rows of weights. */
export function dotProductAttention(h, n, cells) {
  const [H, count] = [h.length / n, (cells.length / h.length) * n];
  const [attended, weights] = [new Float32Array(n * H), new Float32Array(n * count)];
  for (let row = 0; row < n; row++) {
    const scores = new Float64Array(count);
    for (let cell = 0, at = 0; cell < count; cell++)
      for (let k = row * H; k < (row + 1) * H; k++, at++) scores[cell] += h[k] * cells[at];
    const shares = logSoftmax(scores.map((score) => score / Math.sqrt(H))).map(Math.exp);
    for (let cell = 0, at = 0; cell < count; cell++) {
      weights[row * count + cell] = shares[cell];
      for (let k = row * H; k < (row + 1) * H; k++, at++) attended[k] += shares[cell] * cells[at];
    }
  }
  return { attended, weights };
}
