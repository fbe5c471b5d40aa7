// Beam search on a tree of six log-probabilities, to change by hand: what is kept, what is dropped, and why.

import { make, svg, voice } from "../../captioning/widgets/static/elements.js";
import { beamSearch, END, winners } from "./beam_search.js";
import { buttons, number, press, slider, stops } from "./parts.js";

// Each number: what it is the log-probability of, and after which word.
export const WORDS = {
  small: ["small", "a"], red: ["red", "a"],
  dog: ["dog", "small"], cat: ["cat", "small"], end: [END, "small"],
  boat: ["boat", "red"],
};
export const PRESETS = {
  "Worked example": { small: -0.6, red: -0.8, dog: -1, cat: -1.1, end: -2.5, boat: -0.1 },
  "A short sentence": { small: -0.6, red: -0.8, dog: -1.6, cat: -3, end: -0.3, boat: -0.3 },
};
const PREFIX = ["a"];
const PLACES = ["first", "second", "third", "fourth"];
const [LEFT, ACROSS, TOP, DOWN] = [22, 103, 22, 50];

/** What may follow some words, with these six log-probabilities; after the last word a sentence ends for certain. */
export function following(numbers) {
  return (words) => {
    const after = Object.entries(WORDS).filter(([, [, before]]) => before === words.at(-1));
    return after.length ? after.map(([name, [word]]) => [word, numbers[name]]) : [[END, 0]];
  };
}

const sentence = ({ words }) => words.filter((word) => word !== END).join(" ");
const search = (numbers, settings) => beamSearch(following(numbers), PREFIX, settings);

/** What the search did, a sentence for each candidate of a step. */
export function reasons(candidates, { width, alpha }) {
  return candidates.map((candidate, rank) => {
    const { words, total, length, score, kept } = candidate;
    const scored = alpha === 0 ? number(total) : `${number(total)} / ${length}${alpha === 1 ? "" : `^${number(alpha)}`} = ${number(score)}`;
    const why = kept ? "kept" : `dropped: ${PLACES[rank]} of ${candidates.length}, and ${width === 1 ? "one is" : `${width} are`} kept`;
    return `${words.join(" ")}: ${scored}, ${why}`;
  });
}

/** Put the view into an element of the page. */
export function render(element) {
  let [numbers, preset, width, alpha] = [PRESETS["Worked example"], "Worked example", 2, 1];
  const spoken = voice();
  const sliders = Object.entries(WORDS).map(([name, [word, before]]) => {
    const label = make("span", {}, make("b", {}, word), ` after ${before}`);
    const change = (value) => {
      [numbers, preset] = [{ ...numbers, [name]: value }, null];
      update();
    };
    return [name, slider(label, stops(-4, 0, 0.1), numbers[name], change)];
  });
  const presets = buttons("Settings", Object.keys(PRESETS), (name) => {
    [numbers, preset] = [PRESETS[name], name];
    for (const [one, { set }] of sliders) set(numbers[one]);
    update();
  });
  const beamWidth = slider(make("span", {}, "beam width ", make("i", {}, "K")), [1, 2, 3, 4], width, (value) => {
    width = value;
    update();
  });
  const penalty = slider(make("span", {}, "length penalty ", make("i", {}, "α")), stops(0, 2, 0.25), alpha, (value) => {
    alpha = value;
    update();
  });
  const [picture, told, complaint, list] = [make("div"), make("p"), make("p", { class: "view-quiet" }), make("ol", { class: "view-steps" })];

  function update() {
    const settings = { width, alpha };
    const steps = search(numbers, settings);
    press(presets, preset);
    picture.replaceChildren(tree(steps, settings));
    const [greedy, beam, all] = [1, width, Infinity].map((one) => search(numbers, { width: one, alpha }).at(-1)[0]);
    const best = sentence(beam) === sentence(all) ? "No sentence has a better score." : `The best score of all has “${sentence(all)}”, ${number(all.score)}.`;
    told.textContent = `Greedy says “${sentence(greedy)}”, ${number(greedy.total)} in all. A beam of ${width} says “${sentence(beam)}”, ${number(beam.total)} in all, with a score of ${number(beam.score)}. ${best}`;
    complaint.textContent = tooLikely(numbers);
    list.replaceChildren(
      ...steps.map((candidates) => make("li", {}, make("ol", {}, ...reasons(candidates, settings).map((text) => make("li", {}, text))))),
    );
    spoken.say(told.textContent);
  }

  const controls = make("div", { class: "view-side view-words" }, presets, beamWidth.element, penalty.element, ...sliders.map(([, one]) => one.element));
  element.append(
    make("div", { class: "view-columns" }, controls, make("div", { class: "view-side" }, picture, told, complaint)),
    make("p", { class: "view-title" }, "Step by step, the best first"), list, spoken.element,
  );
  update();
}

/** Say where the probabilities of what follows a word add up to more than 1. */
export function tooLikely(numbers) {
  const said = [...new Set(Object.values(WORDS).map(([, before]) => before))].map((word) => {
    const all = following(numbers)([word]).reduce((sum, [, logProb]) => sum + Math.exp(logProb), 0);
    return all > 1.005 ? `After “${word}” the probabilities add up to ${number(all, 2)}: no network says so. ` : "";
  });
  return said.join("");
}

/** Columns are steps, the best on top; under each word its total; a thick line leads to the winner, dashed ones to nothing. */
function tree(steps, { width }) {
  const won = winners(steps);
  const place = (step, rank) => [LEFT + ACROSS * step, TOP + DOWN * rank];
  const [lines, words] = [[], [node("a", 0, [LEFT, TOP], "")]];
  steps.forEach((candidates, at) =>
    candidates.forEach((candidate, rank) => {
      const [x, y] = place(at + 1, rank);
      const [fromX, fromY] = place(at, candidate.parent);
      const kind = won[at] === candidate ? "view-winner" : candidate.kept ? "view-kept" : "view-nothing";
      lines.push(svg("line", { x1: fromX + 20, y1: fromY, x2: x - 26, y2: y, class: kind }));
      words.push(node(candidate.words.at(-1), candidate.total, [x, y], candidate.kept ? "" : "view-dropped"));
    }),
  );
  const rows = Math.max(...steps.map((candidates) => candidates.length));
  const label = `The tree of a beam search of width ${width}. The list below tells its steps.`;
  return svg("svg", { viewBox: `0 0 360 ${TOP + DOWN * rows - 10}`, role: "img", "aria-label": label }, ...lines, ...words);
}

const node = (word, total, [x, y], kind) =>
  svg("g", { class: kind }, svg("text", { x, y: y + 1, class: "view-word" }, word), svg("text", { x, y: y + 15 }, number(total)));
