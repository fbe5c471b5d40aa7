// Mirrors dot_product_attention_forward of solutions/attention.py.

/** Let n hidden states look at the cells of one picture, a row for each: what is attended, and n rows of weights. */
export function dotProductAttention(h, n, cells) {
  const [H, count] = [h.length / n, (cells.length / h.length) * n];
  const [attended, weights] = [new Float32Array(n * H), new Float32Array(n * count)];
  for (let row = 0; row < n; row++) {
    const scores = new Float64Array(count);
    for (let cell = 0, at = 0; cell < count; cell++)
      for (let k = row * H; k < (row + 1) * H; k++, at++) scores[cell] += h[k] * cells[at];
    const most = Math.max(...scores);
    const exps = scores.map((score) => Math.exp((score - most) / Math.sqrt(H)));
    const total = exps.reduce((a, b) => a + b);
    for (let cell = 0, at = 0; cell < count; cell++) {
      weights[row * count + cell] = exps[cell] / total;
      for (let k = row * H; k < (row + 1) * H; k++, at++) attended[k] += (exps[cell] / total) * cells[at];
    }
  }
  return { attended, weights };
}
