// Mirrors captioning/training/captioner.py, and the models of solutions/captioner.py and attention.py.

import { affine, rowsOf } from "./arrays.js";
import { dotProductAttention } from "./attention.js";
import { CELLS } from "./cells.js";

export class Captioner {
  constructor({ cell, idxToWord, layer, scale, arrays }) {
    Object.assign(this, { idxToWord, layer, scale, params: arrays, attends: cell === "attention" });
    this.cellStep = CELLS[cell];
    [this.null, this.startWord, this.end] = ["<NULL>", "<START>", "<END>"].map((word) => idxToWord.indexOf(word));
  }

  /** Shift and scale what `layer` of VGG16 gave; of a grid, each cell. */
  standardized(output) {
    const { mean } = this.params;
    return output.map((value, at) => (value - mean[at % mean.length]) / this.scale);
  }

  /** The state before the first word of n captions of one picture, given its standardised features. */
  start(features, n = 1) {
    const { W_proj, b_proj } = this.params;
    const [count, H] = [features.length / W_proj.rows, b_proj.length];
    const cells = affine(features, count, W_proj, b_proj);
    const mean = new Float32Array(H);
    for (let at = 0; at < cells.length; at++) mean[at % H] += cells[at] / count;
    const first = rowsOf(mean, H, new Array(n).fill(0));
    const states = [first, this.attends ? first : new Float32Array(n * H)]; // the second is of the LSTM alone
    return { n, states, cells: this.attends ? cells : null };
  }

  /** Read a word for each caption: a row of logits for each, the next state, and what happened inside. */
  step(words, { n, states, cells }) {
    const { W_embed, W_vocab, b_vocab } = this.params;
    const [V, read] = [b_vocab.length, rowsOf(W_embed, W_embed.length / b_vocab.length, words)];
    const look = cells && dotProductAttention(states[0], n, cells);
    const { states: next, gates } = this.cellStep(read, states, n, this.params, look?.attended);
    const logits = affine(next[0], n, W_vocab, b_vocab);
    const rows = words.map((_, row) => logits.subarray(row * V, (row + 1) * V));
    return { rows, state: { n, states: next, cells }, gates, attention: look?.weights ?? null };
  }

  /** The same captioner, where some units of a gate may be held at 0 or 1: by a bias that outweighs all they read. */
  holding({ gate, units, value } = { units: [] }) {
    const [b, H] = [this.params.b.slice(), this.params.W_vocab.rows];
    for (const unit of units) b[gate * H + unit] = value ? 1e4 : -1e4;
    return Object.assign(Object.create(Captioner.prototype), this, { params: { ...this.params, b } });
  }

  /** Keep these rows of a state, in this order. */
  select({ n, states, cells }, rows) {
    return { n: rows.length, states: states.map((state) => rowsOf(state, state.length / n, rows)), cells };
  }

  /** A caption as a sentence, up to <END>. */
  text(words) {
    return ` ${words.map((word) => this.idxToWord[word]).join(" ")}`.split(" <END>")[0].trim();
  }
}
