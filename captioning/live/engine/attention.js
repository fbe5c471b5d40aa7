// Mirrors dot_product_attention_forward of solutions/attention.py.

/**
 * Let n hidden states look at the cells of one picture.
 *
 * @param h n rows of H
 * @param cells a row of H for each cell
 * @returns attended, n rows of H, and weights, n rows with one of each cell
 */
export function dotProductAttention(h, n, cells) {
  const H = h.length / n;
  const count = cells.length / H;
  const [attended, weights] = [new Float32Array(n * H), new Float32Array(n * count)];
  for (let row = 0; row < n; row++) {
    const scores = new Float64Array(count);
    for (let cell = 0, at = 0; cell < count; cell++)
      for (let k = row * H; k < (row + 1) * H; k++, at++) scores[cell] += h[k] * cells[at];
    const most = Math.max(...scores);
    const exps = scores.map((score) => Math.exp((score - most) / Math.sqrt(H)));
    const total = exps.reduce((a, b) => a + b);
    for (let cell = 0, at = 0; cell < count; cell++) {
      const weight = (weights[row * count + cell] = exps[cell] / total);
      for (let k = row * H; k < (row + 1) * H; k++, at++) attended[k] += weight * cells[at];
    }
  }
  return { attended, weights };
}
