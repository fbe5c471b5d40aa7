// What a beam search of a captioner kept at each word, what it left behind, and what it says in the end.

import { number } from "./numbers.js";
import { captionsOf, needed, seeing, verdictOf } from "./session.js";

/**
 * What is shown of a search. `steps` holds, for each word said, what was kept, the best first:
 * `{word, parent, total, score, fate}`; `fate` is "best" on the path to the best caption, "kept" on that to another one,
 * "left" where the search later left all of its continuations behind, and "ended" where a caption had ended before.
 * `dropped` says where that happened, and why.
 */
export async function beamView(ask, { picture, settings }) {
  const { model, beam_width: beamWidth, length_penalty: lengthPenalty } = settings;
  const options = { beamWidth, lengthPenalty, maxLength: TABLES.maxLength };
  const session = { picture, settings: { ...settings, decoding: "beam" }, prefix: [] };
  const said = await captionsOf(ask, session, null);
  const { steps: kept } = await ask({ do: "search", ...seeing(picture, settings), options }, ...needed(settings));
  const { vocabulary } = said[0];
  const [steps, texts] = [[], [[""]]]; // texts: what each beam of a step has said so far
  for (const ofStep of kept) {
    const before = texts.at(-1);
    texts.push(ofStep.map(({ parent, word }) => (isEnded(before[parent]) ? before[parent] : `${before[parent]} ${vocabulary[word]}`)));
    steps.push(ofStep.map(({ parent, word, total, score }) => ({ parent, total, score, word: isEnded(before[parent]) ? "" : vocabulary[word] })));
  }
  let [best, others] = [0, new Set(steps.at(-1).keys())];
  for (const ofStep of [...steps].reverse()) {
    ofStep.forEach((beam, rank) => (beam.fate = !beam.word ? "ended" : rank === best ? "best" : others.has(rank) ? "kept" : "left"));
    [best, others] = [ofStep[best].parent, new Set([...others].map((rank) => ofStep[rank].parent))];
  }
  return {
    steps,
    dropped: steps.slice(0, -1).flatMap((ofStep, at) => leftBehind(ofStep, steps[at + 1], texts[at + 1])),
    captions: said.map(({ text, score, statements }) => ({ text, score: number(score), verdict: verdictOf(statements) })),
  };
}

const isEnded = (text) => text.endsWith(" <END>");

/** A sentence for each beam of a step that the next one does not go on from. */
function leftBehind(ofStep, next, texts) {
  const goneOn = new Set(next.map(({ parent }) => parent));
  const last = next.at(-1).score;
  return [...ofStep.keys()].filter((rank) => !goneOn.has(rank)).map((rank) =>
    `“${texts[rank].trim()}”, ${number(ofStep[rank].score)}: no word that might follow brings it to the ${number(last)} of the last one kept.`,
  );
}
