// A convolution with one filter of 3 x 3 and one channel; mirrors conv_forward.

export const SIDE = 3; // of the filter

/** How many windows fit along one side. */
export const outputSize = (size, stride, pad) => 1 + Math.floor((size + 2 * pad - SIDE) / stride);

/** The pixels under the window of output (i, j), row by row; in the padding zeros. */
export function patch(x, size, i, j, { stride, pad }, rows = SIDE) {
  const inside = (at) => at >= 0 && at < size;
  return Array.from({ length: rows ** 2 }, (_, n) => {
    const [row, column] = [i * stride - pad + Math.floor(n / rows), j * stride - pad + (n % rows)];
    return inside(row) && inside(column) ? x[row * size + column] : 0;
  });
}

/** Patch times filter, entry by entry. */
export const products = (pixels, w) => pixels.map((pixel, n) => pixel * w[n]);

export const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** The whole map, row by row. */
export function convolve(x, size, w, b, param) {
  const side = outputSize(size, param.stride, param.pad);
  const at = (n) => sum(products(patch(x, size, Math.floor(n / side), n % side, param), w)) + b;
  return Array.from({ length: side ** 2 }, (_, n) => at(n));
}

/** Of so many layers, the unit above output i of the first, and which pixels it sees: from `first` on `rows` of them. */
export function seen(size, layers, i, { stride, pad }) {
  let [unit, side, first, rows, apart] = [i, outputSize(size, stride, pad), i * stride - pad, SIDE, stride];
  for (let layer = 2; layer <= layers; layer += 1) {
    side = outputSize(side, stride, pad);
    const above = Math.max(0, Math.min(side - 1, Math.round((unit + pad - 1) / stride)));
    first += (above * stride - pad - unit) * apart;
    [unit, rows, apart] = [above, rows + (SIDE - 1) * apart, apart * stride];
  }
  return { unit, first, rows };
}
