// Mirrors solutions/decoding.py, for one picture at a time; the rows are captions that are said side by side.

import { argmax, fallingOrder, logSoftmax } from "./arrays.js";

const MAX_LENGTH = 30;

/** Keep the k largest logits; the others become minus infinity. */
export function topKFilter(logits, k) {
  const kept = new Set(fallingOrder(logits).slice(0, k));
  return logits.map((logit, word) => (kept.has(word) ? logit : -Infinity));
}

/** Keep the fewest likeliest words whose probabilities reach p; the others become minus infinity. */
export function topPFilter(logits, p) {
  const filtered = logits.map(() => -Infinity);
  const logProbs = logSoftmax(logits);
  let reached = 0;
  for (const word of fallingOrder(logits)) {
    // A word is kept if those before it have not reached p: the word that crosses p is in.
    if (reached >= p) break;
    filtered[word] = logits[word];
    reached += Math.exp(logProbs[word]);
  }
  return filtered;
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
  let { logits, state } = model.step(new Array(n).fill(model.startWord), model.start(features, n));
  for (const word of prefix) {
    beginning.logProbs.push(beginning.finished ? 0 : logSoftmax(logits.subarray(0, model.V))[word]);
    beginning.finished ||= word === model.end;
    ({ logits, state } = model.step(new Array(n).fill(word), state));
  }
  return { logits, state, beginning };
}

const rowOf = (logits, row, V) => logits.subarray(row * V, (row + 1) * V);

/** Say n captions word after word, each chosen by `choose(rows of logits) -> words`. */
function decode(model, features, choose, n, { maxLength = MAX_LENGTH, prefix = [] }) {
  let { logits, state, beginning } = readPrefix(model, features, prefix, n);
  const said = Array.from({ length: n }, () => structuredClone(beginning));
  while (said[0].words.length < maxLength && !said.every((one) => one.finished)) {
    const rows = said.map((_, row) => rowOf(logits, row, model.V));
    const chosen = choose(rows).map((word, row) => (said[row].finished ? model.null : word));
    said.forEach((one, row) => {
      one.words.push(chosen[row]);
      one.logProbs.push(one.finished ? 0 : logSoftmax(rows[row])[chosen[row]]);
      one.finished ||= chosen[row] === model.end;
    });
    ({ logits, state } = model.step(chosen, state));
  }
  return said;
}

/** Always say the likeliest word: one caption, `{words, logProbs}`. */
export const greedyDecode = (model, features, options = {}) =>
  decode(model, features, (rows) => rows.map(argmax), 1, options)[0];

/** Draw n captions; a generator of `defaultRng` draws what NumPy's of the same seed draws. */
export function sampleDecode(model, features, rng, n, { temperature = 1, topK, topP, ...options } = {}) {
  const choose = (rows) => {
    const random = rows.map(() => rng.random());
    return rows.map((row, at) => {
      let logits = row.map((logit) => logit / temperature);
      if (topK) logits = topKFilter(logits, topK);
      if (topP) logits = topPFilter(logits, topP);
      return sampleWord(logits, random[at]);
    });
  };
  return decode(model, features, choose, n, options);
}

/** Let the model read a caption: for each word the hidden state that said it, all log-probabilities, gates, attention. */
export function replay(model, features, words) {
  let state = model.start(features);
  let read = model.startWord;
  return words.map((word) => {
    const { logits, state: next, gates, attention } = model.step([read], state);
    [state, read] = [next, word];
    return { hiddenState: next.states[0], logProbs: logSoftmax(logits), gates, attention };
  });
}

/**
 * Follow the `beamWidth` best beginnings at once; a score is log-probability / length ** lengthPenalty.
 *
 * @returns beams, the best first, each `{words, logProbs, score}`; and steps, for each what was kept: the beam that it
 * goes on from (`parent`), the word that it adds, and its log-probability so far (`total`)
 */
export function beamSearch(model, features, { beamWidth = 5, lengthPenalty = 1, maxLength = MAX_LENGTH, prefix = [] } = {}) {
  const { fround } = Math; // where Python adds in single precision
  let { logits, state, beginning } = readPrefix(model, features, prefix, 1);
  const total = beginning.logProbs.reduce((a, b) => fround(a + b), 0);
  const length = prefix.filter((word) => word !== model.null).length;
  let beams = [{ ...beginning, total, score: total, length }];
  const steps = [];
  while (beams[0].words.length < maxLength && !beams.every((beam) => beam.finished)) {
    const best = []; // the best candidates, of equal ones the first first
    beams.forEach((beam, parent) => {
      const logProbs = beam.finished ? null : logSoftmax(rowOf(logits, parent, model.V));
      const longer = beam.length + (beam.finished ? 0 : 1);
      const divisor = fround(longer ** lengthPenalty);
      // A finished caption has one way to go on: as it is.
      for (const word of beam.finished ? [model.null] : logProbs.keys()) {
        const logProb = beam.finished ? 0 : logProbs[word];
        const sum = fround(beam.total + logProb);
        const score = fround(sum / divisor);
        if (best.length === beamWidth && score <= best.at(-1).score) continue;
        const at = best.findIndex((other) => other.score < score);
        best.splice(at < 0 ? best.length : at, 0, { parent, word, total: sum, logProb, score, length: longer });
        best.splice(beamWidth);
      }
    });
    beams = best.map(({ parent, word, logProb, ...rest }) => ({
      words: [...beams[parent].words, word],
      logProbs: [...beams[parent].logProbs, logProb],
      finished: beams[parent].finished || word === model.end,
      ...rest,
    }));
    steps.push(best.map((kept) => ({ parent: kept.parent, word: kept.word, total: kept.total })));
    const rows = best.map((kept) => kept.parent);
    ({ logits, state } = model.step(best.map((kept) => kept.word), model.select(state, rows)));
  }
  return { beams, steps };
}
