// What covering a cell costs each word of a caption; as chapter 17 measures it, by `replay` of a covered grid.

import { captionsOf, seeing, verdictOf } from "./session.js";

const LOOKING = "attention"; // the captioner that looks at cells

export const placeOf = (cell, side) => `row ${Math.floor(cell / side) + 1}, column ${(cell % side) + 1}`;

/**
 * What is shown of a picture: the words said, for each the weight of every cell and how many nats its log-probability
 * falls when the cell is covered; and for each cell, what is said without it, with a verdict.
 */
export async function coveringView(ask, picture) {
  const settings = { ...TABLES.traits, model: LOOKING };
  const [{ words, text, indices, logProbs, statements, steps }] = await captionsOf(ask, { picture, settings, prefix: [] }, 0);
  const seen = await ask({ do: "features", ...seeing(picture, settings) });
  const cells = steps[0].attention.length;
  const channels = seen.length / cells;
  const asked = Array.from({ length: cells }, async (_, cell) => {
    // Standardised features: a cell of zeros is the mean cell of the training pictures.
    const covered = { model: LOOKING, features: seen.slice().fill(0, cell * channels, (cell + 1) * channels) };
    const read = await ask({ do: "replay", ...covered, words: indices });
    const [anew] = await ask({ do: "caption", ...covered, scene: picture.scene, options: { maxLength: TABLES.maxLength } });
    const costs = read.map(({ logProbs: now }, step) => logProbs[step] - now[indices[step]]);
    return { costs, text: anew.text, verdict: verdictOf(anew.statements) };
  });
  const without = await Promise.all(asked);
  return {
    side: Math.sqrt(cells),
    words,
    text,
    verdict: verdictOf(statements),
    weights: words.map((_, step) => [...steps[step].attention]),
    costs: words.map((_, step) => without.map(({ costs }) => costs[step])),
    without: without.map(({ text, verdict }) => ({ text, verdict })),
  };
}
