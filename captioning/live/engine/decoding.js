// Mirrors solutions/decoding.py, for one picture at a time; the rows are captions that are said side by side.

import { argmax, fallingOrder, logSoftmax } from "./arrays.js";

/** Keep the k likeliest words, and of these the fewest that reach p; the logits of others become minus infinity. */
export function filtered(logits, k, p) {
  const [kept, out] = [fallingOrder(logits).slice(0, k), logits.map(() => -Infinity)];
  const logProbs = logSoftmax(Float32Array.from(kept, (word) => logits[word]));
  let reached = 0;
  kept.forEach((word, at) => {
    if (reached < p) out[word] = logits[word]; // the word that crosses p is in
    reached += Math.exp(logProbs[at]);
  });
  return out;
}

/** Draw from the softmax of a row: the first word whose cumulative probability exceeds the random number. */
function sampleWord(logits, random) {
  let sum = 0;
  const cumulative = Float64Array.from(logSoftmax(logits), (logProb) => (sum += Math.exp(logProb)));
  return cumulative.findIndex((value) => value > random * sum);
}

/** Let the model read the words that n captions begin with. */
function readPrefix(model, features, prefix, n) {
  const beginning = { words: [...prefix], logProbs: [], finished: false };
  let { rows, state } = model.step(new Array(n).fill(model.startWord), model.start(features, n));
  for (const word of prefix) {
    beginning.logProbs.push(beginning.finished ? 0 : logSoftmax(rows[0])[word]);
    beginning.finished ||= word === model.end;
    ({ rows, state } = model.step(new Array(n).fill(word), state));
  }
  return { rows, state, beginning };
}

/** Say n captions word after word, each chosen by `choose(rows of logits) -> words`. */
function decode(model, features, choose, n, { maxLength = 30, prefix = [] }) {
  let { rows, state, beginning } = readPrefix(model, features, prefix, n);
  const said = Array.from({ length: n }, () => structuredClone(beginning));
  while (said[0].words.length < maxLength && !said.every((one) => one.finished)) {
    const chosen = choose(rows).map((word, row) => (said[row].finished ? model.null : word));
    said.forEach((one, row) => {
      one.words.push(chosen[row]);
      one.logProbs.push(one.finished ? 0 : logSoftmax(rows[row])[chosen[row]]);
      one.finished ||= chosen[row] === model.end;
    });
    ({ rows, state } = model.step(chosen, state));
  }
  return said;
}

/** Always say the likeliest word: one caption, `{words, logProbs}`. */
export const greedyDecode = (model, features, options = {}) =>
  decode(model, features, (rows) => rows.map(argmax), 1, options)[0];

/** Draw n captions; a generator of `defaultRng` draws what NumPy's of the same seed draws. */
export function sampleDecode(model, features, rng, n, { temperature = 1, topK, topP = Infinity, ...options } = {}) {
  const allowed = (row) => filtered(row.map((logit) => logit / temperature), topK, topP);
  return decode(model, features, (rows) => rows.map((row) => sampleWord(allowed(row), rng.random())), n, options);
}

/** Let the model read a caption: at each word the hidden state, all log-probabilities, gates and attention. */
export function replay(model, features, words) {
  let [state, read] = [model.start(features), model.startWord];
  return words.map((word) => {
    const { rows, state: next, gates, attention } = model.step([read], state);
    [state, read] = [next, word];
    return { hiddenState: next.states[0], logProbs: logSoftmax(rows[0]), gates, attention };
  });
}

/**
 * Follow the best beginnings at once; a score is log-probability / length ** lengthPenalty. Gives `beams`, the best
 * first, and for each of the `steps` what was kept: the beam gone on from (`parent`), the word, its log-probability
 * (`logProb`), and that of all words so far (`total`).
 */
export function beamSearch(model, features, { beamWidth = 5, lengthPenalty = 1, maxLength = 30, prefix = [] } = {}) {
  const { fround } = Math; // where Python adds in single precision
  let { rows, state, beginning } = readPrefix(model, features, prefix, 1);
  const sum = beginning.logProbs.reduce((a, b) => fround(a + b), 0);
  const length = prefix.filter((word) => word !== model.null).length;
  let beams = [{ ...beginning, total: sum, score: sum, length }];
  const steps = [];
  while (beams[0].words.length < maxLength && !beams.every((beam) => beam.finished)) {
    const best = []; // the best candidates, of equal ones the first first
    beams.forEach((beam, parent) => {
      const logProbs = beam.finished ? null : logSoftmax(rows[parent]);
      const length = beam.length + (beam.finished ? 0 : 1);
      const divisor = fround(length ** lengthPenalty);
      // A finished caption has one way to go on: as it is.
      for (const word of beam.finished ? [model.null] : logProbs.keys()) {
        const logProb = beam.finished ? 0 : logProbs[word];
        const total = fround(beam.total + logProb);
        const score = fround(total / divisor);
        if (best.length === beamWidth && score <= best.at(-1).score) continue;
        const at = best.findIndex((other) => other.score < score);
        best.splice(at < 0 ? best.length : at, 0, { parent, word, logProb, total, score, length });
        best.splice(beamWidth);
      }
    });
    steps.push(best);
    beams = best.map(({ parent, word, logProb, ...rest }) => {
      const { words, logProbs, finished } = beams[parent];
      const ends = finished || word === model.end;
      return { words: [...words, word], logProbs: [...logProbs, logProb], finished: ends, ...rest };
    });
    state = model.select(state, best.map(({ parent }) => parent));
    ({ rows, state } = model.step(best.map(({ word }) => word), state));
  }
  return { beams, steps };
}
