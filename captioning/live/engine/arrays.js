// Mirrors the few operations of NumPy that the engine needs. Arrays are flat Float32Arrays, row after row.

const SIDE = 4; // columns that stand side by side in a matrix, and are computed at once

/**
 * Multiply n vectors with a matrix. Vector i is read from `x` in `runs` pieces, the first at `at + i * step`, each
 * `jump` further on; its product is added to `start` at `i * startStep`, and stored at `to + i * matrix.padded`.
 */
export function products(x, at, step, runs, jump, n, { rows, padded, laid }, start, startStep, out, to) {
  const length = rows / runs;
  for (let column = 0; column < padded; column += SIDE)
    for (let i = 0; i < n; i += 2) {
      const j = Math.min(i + 1, n - 1); // the last of an odd number is computed twice
      const s = i * startStep + column, t = j * startStep + column, other = (j - i) * step;
      let a0 = start[s], a1 = start[s + 1], a2 = start[s + 2], a3 = start[s + 3];
      let b0 = start[t], b1 = start[t + 1], b2 = start[t + 2], b3 = start[t + 3];
      let k = column * rows;
      for (let run = 0; run < runs; run++) {
        let from = at + i * step + run * jump;
        for (const end = from + length; from < end; from++, k += SIDE) {
          const a = x[from], b = x[from + other];
          const w0 = laid[k], w1 = laid[k + 1], w2 = laid[k + 2], w3 = laid[k + 3];
          a0 += a * w0; a1 += a * w1; a2 += a * w2; a3 += a * w3;
          b0 += b * w0; b1 += b * w1; b2 += b * w2; b3 += b * w3;
        }
      }
      const p = to + i * padded + column, q = to + j * padded + column;
      out[p] = a0; out[p + 1] = a1; out[p + 2] = a2; out[p + 3] = a3;
      out[q] = b0; out[q + 1] = b1; out[q + 2] = b2; out[q + 3] = b3;
    }
}

/** Return x W + start for n rows of x; `start` is one row for all, or a row for each. */
export function affine(x, n, matrix, start) {
  const { rows, columns, padded } = matrix;
  const out = new Float32Array(n * padded);
  products(x, 0, rows, 1, 0, n, matrix, start, start.length > columns ? columns : 0, out, 0);
  if (padded === columns) return out;
  return Float32Array.from({ length: n * columns }, (_, i) => out[Math.floor(i / columns) * padded + (i % columns)]);
}

/** Turn a row of logits into log-probabilities. */
export function logSoftmax(logits) {
  let most = -Infinity, sum = 0;
  for (const logit of logits) if (logit > most) most = logit;
  for (const logit of logits) sum += Math.exp(logit - most);
  const log = Math.log(sum);
  return logits.map((logit) => logit - most - log);
}

/** Rows of a matrix with so many columns. */
export function rowsOf(matrix, columns, rows) {
  const out = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => out.set(matrix.subarray(row * columns, (row + 1) * columns), at * columns));
  return out;
}

export const argmax = (values) => values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
/** The places of all values, the greatest first; of equal ones the earlier first. */
export const fallingOrder = (values) => [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
