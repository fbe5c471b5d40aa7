// Mirrors solutions/rnn.py, lstm.py, gru.py and cells.py: one step of each cell, for n rows at once.

import { affine } from "./arrays.js";

const sigmoid = (a) => (1 + Math.tanh(a / 2)) / 2; // as in Python, it never overflows

/** x Wx + h Wh + b, and for attention + attended Wattn: n rows of pre-activations. */
function activations(x, h, n, { Wx, Wh, Wattn, b }, attended) {
  const sum = affine(h, n, Wh, affine(x, n, Wx, b));
  return attended ? affine(attended, n, Wattn, sum) : sum;
}

/** h = tanh(x Wx + h Wh + b) */
const rnnStep = (x, [h], n, params) => ({ states: [activations(x, h, n, params).map(Math.tanh)], gates: null });

/** c = f c + i g, h = o tanh(c), with the gates i, f, o, g. */
function lstmStep(x, [h, c], n, params, attended) {
  const H = h.length / n;
  const gates = activations(x, h, n, params, attended);
  const [nextH, nextC] = [new Float32Array(n * H), new Float32Array(n * H)];
  for (let at = 0; at < n * H; at++) {
    const i = 4 * at - 3 * (at % H), f = i + H, o = f + H, g = o + H;
    for (const gate of [i, f, o]) gates[gate] = sigmoid(gates[gate]);
    gates[g] = Math.tanh(gates[g]);
    nextC[at] = gates[f] * c[at] + gates[i] * gates[g];
    nextH[at] = gates[o] * Math.tanh(nextC[at]);
  }
  return { states: [nextH, nextC], gates };
}

/** h = (1 - z) n + z h, with the gates r, z, n; the reset gate acts after the product. */
function gruStep(x, [h], n, { Wx, Wh, b }) {
  const H = h.length / n;
  const [gates, fromH] = [affine(x, n, Wx, b), affine(h, n, Wh, new Float32Array(3 * H))];
  const nextH = new Float32Array(n * H);
  for (let at = 0; at < n * H; at++) {
    const r = 3 * at - 2 * (at % H), z = r + H, candidate = z + H;
    for (const gate of [r, z]) gates[gate] = sigmoid(gates[gate] + fromH[gate]);
    gates[candidate] = Math.tanh(gates[candidate] + gates[r] * fromH[candidate]);
    nextH[at] = (1 - gates[z]) * gates[candidate] + gates[z] * h[at];
  }
  return { states: [nextH], gates };
}

export const CELLS = { rnn: rnnStep, lstm: lstmStep, gru: gruStep, attention: lstmStep };
