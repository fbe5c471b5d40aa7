// Mirrors captioning/training/captioner.py, and the models of solutions/captioner.py and attention.py.

import { affine, rowsOf } from "./arrays.js";
import { dotProductAttention } from "./attention.js";
import { CELLS } from "./cells.js";

export class Captioner {
  /** @param content a captioner's, as the exporter packs it */
  constructor({ cell, idxToWord, layer, scale, arrays }) {
    Object.assign(this, { idxToWord, layer, scale, params: arrays, attends: cell === "attention" });
    this.cell = CELLS[this.attends ? "lstm" : cell];
    [this.null, this.startWord, this.end] = ["<NULL>", "<START>", "<END>"].map((word) => idxToWord.indexOf(word));
    [this.V, this.H] = [idxToWord.length, arrays.b_proj.length];
  }

  /** Shift and scale what `layer` of VGG16 gave; of a grid, each cell. */
  standardized(features) {
    const { mean } = this.params;
    return features.map((value, at) => (value - mean[at % mean.length]) / this.scale);
  }

  /** The state before the first word of n captions of one picture, given its standardised features. */
  start(features, n = 1) {
    const { W_proj, b_proj } = this.params;
    const count = features.length / W_proj.rows;
    const cells = affine(features, count, W_proj, b_proj);
    const mean = new Float32Array(this.H);
    for (let at = 0; at < cells.length; at++) mean[at % this.H] += cells[at] / count;
    const first = rowsOf(mean, this.H, new Array(n).fill(0));
    const states = [first, this.attends ? first : new Float32Array(n * this.H)].slice(0, this.cell.nStates);
    return { n, states, cells: this.attends ? cells : null };
  }

  /** Read a word for each caption: logits of the next words, the next state, and what happened inside. */
  step(words, { n, states, cells }) {
    const { W_embed, W_vocab, b_vocab } = this.params;
    const x = rowsOf(W_embed, W_embed.length / this.V, words);
    const look = cells && dotProductAttention(states[0], n, cells);
    const { states: next, gates } = this.cell.step(x, states, n, this.params, look?.attended);
    const logits = affine(next[0], n, W_vocab, b_vocab);
    return { logits, state: { n, states: next, cells }, gates, attention: look?.weights ?? null };
  }

  /** Keep these rows of a state, in this order. */
  select({ states, cells }, rows) {
    return { n: rows.length, states: states.map((state) => rowsOf(state, this.H, rows)), cells };
  }

  /** A caption as a sentence, up to <END>. */
  text(words) {
    const end = words.indexOf(this.end);
    return words.slice(0, end < 0 ? words.length : end).map((word) => this.idxToWord[word]).join(" ");
  }
}
