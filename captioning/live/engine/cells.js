// Mirrors solutions/rnn.py, lstm.py, gru.py and cells.py: one step of each cell, for n rows at once.

import { affine } from "./arrays.js";

// As in Python, (1 + tanh(a / 2)) / 2 never overflows.
const sigmoid = (a) => (1 + Math.tanh(a / 2)) / 2;

/** x Wx + h Wh + b, and for attention + attended Wattn: n rows of pre-activations. */
function activations(x, h, n, { Wx, Wh, Wattn, b }, attended) {
  const sum = affine(h, n, Wh, affine(x, n, Wx, b));
  return attended ? affine(attended, n, Wattn, sum) : sum;
}

/** h = tanh(x Wx + h Wh + b) */
function rnnStep(x, [h], n, params) {
  return { states: [activations(x, h, n, params).map(Math.tanh)], gates: null };
}

/** c = f c + i g, h = o tanh(c), with the gates i, f, o, g. */
function lstmStep(x, [h, c], n, params, attended) {
  const H = h.length / n;
  const gates = activations(x, h, n, params, attended);
  for (let at = 0; at < gates.length; at++) gates[at] = at % (4 * H) < 3 * H ? sigmoid(gates[at]) : Math.tanh(gates[at]);
  const next = [new Float32Array(n * H), new Float32Array(n * H)];
  for (let at = 0; at < n * H; at++) {
    const i = 4 * at - 3 * (at % H);
    next[1][at] = gates[i + H] * c[at] + gates[i] * gates[i + 3 * H];
    next[0][at] = gates[i + 2 * H] * Math.tanh(next[1][at]);
  }
  return { states: next, gates };
}

/** h = (1 - z) n + z h, with the gates r, z, n; the reset gate acts after the product. */
function gruStep(x, [h], n, { Wx, Wh, b }) {
  const H = h.length / n;
  const gates = affine(x, n, Wx, b);
  const fromH = affine(h, n, Wh, new Float32Array(3 * H));
  const next = new Float32Array(n * H);
  for (let at = 0; at < n * H; at++) {
    const r = 3 * at - 2 * (at % H), z = r + H, candidate = z + H;
    gates[r] = sigmoid(gates[r] + fromH[r]);
    gates[z] = sigmoid(gates[z] + fromH[z]);
    gates[candidate] = Math.tanh(gates[candidate] + gates[r] * fromH[candidate]);
    next[at] = (1 - gates[z]) * gates[candidate] + gates[z] * h[at];
  }
  return { states: [next], gates };
}

export const CELLS = {
  rnn: { nStates: 1, step: rnnStep },
  lstm: { nStates: 2, step: lstmStep },
  gru: { nStates: 1, step: gruStep },
};
