// Mirrors captioning/widgets/session.py and sampler_view.py: what a sampler is set to, what the captioner says then,
// and what is shown of it. `picture` is `{scene, chance}` or, of a photo, `{pixels}`; `settings` are Python's; `held` says
// which units of a gate are held, if any.

import { finePercent, number } from "./numbers.js";

const END = "<END>";

/** What the engine is to look at, and the files that it needs for it. */
export const seeing = ({ scene, chance, pixels }, { model }) => ({ model, scene, chance, picture: pixels });
export const needed = ({ model }) => ["world", "vgg16", model];

/** The words of indices up to <END>, that one included. */
function spoken(indices, vocabulary) {
  const words = indices.map((index) => vocabulary[index]);
  return words.includes(END) ? words.slice(0, words.indexOf(END) + 1) : words;
}

const drawing = ({ decoding }) => TABLES.options.controls[decoding].includes("seed");

const vocabularies = {}; // by the captioner, as promises

/**
 * What a session says: captions, each `{words, text, indices, logProbs, score, statements}`, and of the one of this number the
 * `steps`: what happened inside at each word.
 */
export async function captionsOf(ask, { picture, settings, prefix, held }, inside) {
  const { model } = settings;
  const vocabulary = await (vocabularies[model] ??= ask({ do: "vocabulary", model }, model));
  const { decoding, temperature, k, p, beam_width: beamWidth, length_penalty: lengthPenalty, seed } = settings;
  const begin = { maxLength: TABLES.maxLength, prefix: prefix.map((word) => vocabulary.indexOf(word)) };
  const filters = { "top-k": { topK: k }, "top-p": { topP: p } }[decoding];
  const draws = drawing(settings);
  const options = draws ? { temperature, ...filters, ...begin } : { beamWidth, lengthPenalty, ...begin };
  const how = { decoding: draws ? "sample" : decoding, options, seed, count: TABLES.samples };
  const said = await ask({ do: "caption", ...seeing(picture, settings), ...how, inside, held }, ...needed(settings));
  return said.map(({ words: indices, text, logProbs, score = null, statements, steps }) => {
    const words = spoken(indices, vocabulary);
    const [ours, probable] = [indices, logProbs].map((list) => list.slice(0, words.length));
    return { words, text, indices: ours, logProbs: probable, score, statements, steps, vocabulary };
  });
}

/** Whether all that a caption says is true, in words; nothing where it is not known, as of a photo. */
export const verdictOf = (statements) =>
  !statements ? "" : statements.every(({ verdict }) => verdict === "true") ? " ✓ all of it is true" : " ✗ not all of it is true";

/** The probabilities with which the decoding draws, given the log-probabilities of the model. */
function drawnFrom(logProbs, settings) {
  if (!drawing(settings)) return logProbs.map(Math.exp);
  const { decoding, temperature, k, p } = settings;
  const logits = logProbs.map((logProb) => logProb / temperature);
  const kept = ENGINE.filtered(logits, decoding === "top-k" ? k : undefined, decoding === "top-p" ? p : Infinity);
  return ENGINE.logSoftmax(kept).map(Math.exp);
}

const rounded = (value) => Math.round(1e4 * value) / 1e4;

/** The likeliest words at a step, and the one that was said. */
function choicesOf(logProbs, said, settings, vocabulary) {
  const [own, drawn] = [logProbs.map(Math.exp), drawnFrom(logProbs, settings)];
  const listed = ENGINE.fallingOrder(own).slice(0, TABLES.top);
  if (!listed.includes(said)) listed[listed.length - 1] = said;
  const draws = drawing(settings);
  return listed.map((word) => ({
    word: vocabulary[word],
    share: rounded(drawn[word]),
    own_share: rounded(own[word]),
    text: draws && drawn[word] === 0 ? "left out" : finePercent(drawn[word]),
    own_text: draws ? finePercent(own[word]) : "",
    said: word === said,
  }));
}

/** Where the model looked, as shares and in words. */
function look(attention) {
  const side = Math.sqrt(attention.length);
  const most = ENGINE.argmax(attention);
  const [row, column] = [Math.floor(most / side), most % side];
  return {
    attention: Array.from({ length: side }, (_, at) => [...attention.slice(at * side, (at + 1) * side)].map(rounded)),
    looks: `Looks most at row ${row + 1} of ${side}, column ${column + 1} of ${side}: ${finePercent(attention[most])}.`,
  };
}

function captionView({ words, logProbs, score, statements }) {
  const trueOnes = statements?.filter(({ verdict }) => verdict === "true");
  return {
    text: words.filter((word) => word !== END).join(" ") + (words.at(-1) === END ? "" : " …"),
    log_prob: number(logProbs.reduce((sum, logProb) => sum + logProb, 0)),
    score: score === null ? "" : number(score),
    truth: statements ? `${trueOnes.length} of ${statements.length} true` : "nothing known",
  };
}

/** A phrase such as “on a sunny day” says two things. */
const statementView = ({ text, kind, verdict }) =>
  ({ text: ["background", "time", "weather"].includes(kind) ? `${kind}: ${text}` : text, verdict });

/** All that is shown of a session and one of its captions. */
export async function samplerView(ask, session, caption) {
  const captions = await captionsOf(ask, session, caption);
  const { words, indices, logProbs, statements, steps, vocabulary } = captions[caption];
  return {
    captions: captions.map(captionView),
    statements: statements && statements.map(statementView),
    words: words.map((word, step) => ({
      word,
      log_prob: number(logProbs[step]),
      own: step < session.prefix.length,
      choices: choicesOf(steps[step].logProbs, indices[step], session.settings, vocabulary),
      ...(steps[step].attention && look(steps[step].attention)),
    })),
    draws: drawing(session.settings),
    prefix: session.prefix.join(" "),
    whose: TABLES.whose,
  };
}
