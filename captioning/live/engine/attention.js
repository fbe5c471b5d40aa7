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
    for (let at = 0; at < cells.length; at++) scores[Math.floor(at / H)] += h[row * H + (at % H)] * cells[at];
    const most = Math.max(...scores);
    const exps = scores.map((score) => Math.exp((score - most) / Math.sqrt(H)));
    const total = exps.reduce((a, b) => a + b);
    weights.set(exps.map((exp) => exp / total), row * count);
    for (let at = 0; at < cells.length; at++)
      attended[row * H + (at % H)] += (exps[Math.floor(at / H)] / total) * cells[at];
  }
  return { attended, weights };
}
