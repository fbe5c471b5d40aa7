// Beam search with every candidate kept for looking at, the dropped ones too; mirrors beam_search.

export const END = "<END>";

/**
 * Follow the best beginnings at once, until all have ended.
 *
 * `next(words)` returns what may follow, as [word, log-probability]. Gives the steps; each is the list of its candidates,
 * the best first: `{words, parent, total, length, score, finished, kept}`, where `parent` counts the kept ones of the
 * step before. A finished beginning has one candidate: itself.
 */
export function beamSearch(next, prefix, { width, alpha, maxLength = 30 }) {
  let beams = [{ words: prefix, total: 0, length: prefix.length, finished: false }];
  const steps = [];
  const follow = (beam, parent) => {
    if (beam.finished) return [{ ...beam, parent }];
    const length = beam.length + 1;
    return next(beam.words).map(([word, logProb]) => {
      const total = beam.total + logProb;
      const finished = word === END;
      return { words: [...beam.words, word], parent, total, length, score: total / length ** alpha, finished };
    });
  };
  while (beams.some((beam) => !beam.finished) && prefix.length + steps.length < maxLength) {
    // The sort is stable: of equals the earlier one comes first.
    const candidates = beams.flatMap(follow).sort((one, other) => other.score - one.score);
    candidates.forEach((candidate, rank) => (candidate.kept = rank < width));
    steps.push(candidates);
    beams = candidates.slice(0, width);
  }
  return steps;
}

/** The kept candidate that led to the best one of the last step, for each step. */
export function winners(steps) {
  const path = [];
  let at = 0;
  for (const candidates of [...steps].reverse()) {
    path.unshift(candidates[at]);
    at = candidates[at].parent;
  }
  return path;
}
