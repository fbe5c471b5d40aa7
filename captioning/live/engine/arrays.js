// Mirrors the few operations of NumPy that the engine needs. Arrays are flat Float32Arrays, row after row.

const SIDE = 4; // columns that stand side by side in a matrix, and are computed at once

/** The numbers of an array that are not zero, cell after cell of `depth` numbers: after a ReLU, one in three. */
export function nonzero(x, depth) {
  const [values, where] = [new Float32Array(x.length), new Int32Array(x.length)];
  const starts = new Int32Array(x.length / depth + 1);
  for (let cell = 1, at = 0, kept = 0; cell < starts.length; cell++) {
    for (const end = at + depth; at < end; at++) {
      if (x[at] === 0) continue;
      values[kept] = x[at]; where[kept++] = at * SIDE;
    }
    starts[cell] = kept;
  }
  return { depth, values, where, starts };
}

/**
 * Multiply a vector with a matrix, add it to `start`, and store it in `out` from `to` on. Of what `nonzero` gave, the
 * vector is pieces of `span` cells each, and `firsts` are the cells that they begin with.
 */
export function product({ depth, values, where, starts }, firsts, span, { rows, padded, laid }, start, out, to) {
  for (let column = 0; column < padded; column += SIDE, to += SIDE) {
    let a = start[column], b = start[column + 1], c = start[column + 2], d = start[column + 3];
    for (let piece = 0; piece < firsts.length; piece++) {
      const first = firsts[piece], end = starts[first + span];
      const base = (column * rows + (piece * span - first) * depth * SIDE) | 0; // “| 0”: a whole number, twice as fast
      for (let i = starts[first]; i < end; i++) {
        const x = values[i], k = (base + where[i]) | 0;
        a += x * laid[k]; b += x * laid[(k + 1) | 0]; c += x * laid[(k + 2) | 0]; d += x * laid[(k + 3) | 0];
      }
    }
    out[to] = a; out[to + 1] = b; out[to + 2] = c; out[to + 3] = d;
  }
}

/** Return x W + start for n rows of x; `start` is one row for all, or a row for each. */
export function affine(x, n, matrix, start) {
  const { rows, columns } = matrix;
  const [read, step, out] = [nonzero(x, rows), start.length > columns ? columns : 0, new Float32Array(n * columns)];
  // What fills a row up is overwritten by the next row, or falls off the end.
  for (let i = 0; i < n; i++) product(read, [i], 1, matrix, start.subarray(i * step), out, i * columns);
  return out;
}

/** Turn a row of logits into log-probabilities. */
export function logSoftmax(logits) {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const log = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
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
