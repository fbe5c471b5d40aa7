// A beam search of the course's captioners as a tree: the words across, the beams below each other, the best on top.

import { beamView } from "./beam.js";
import { number } from "./numbers.js";
import { oneAtATime, pictureModel } from "./page_model.js";

const [ACROSS, DOWN, LEFT, TOP, HALF] = [82, 36, 40, 18, 34]; // in pixels

export async function show({ el, settings, ask }) {
  let [made, picture] = [null, null];
  const view = oneAtATime((session) => beamView(ask, session), (shown) => made.model.put("shown", shown));
  const answer = () => {
    const asked = Object.fromEntries(TABLES.settings.map((name) => [name, made.model.get(name)]));
    return view({ picture, settings: asked });
  };
  made = await pictureModel(ask, { ...TABLES.traits, ...settings }, {
    changed: answer,
    taken(other) {
      picture = other;
      return answer();
    },
  });
  await made.start();
  render(made.model, el);
}

function render(model, el) {
  begin(model, el, "Beam search");
  const { model: models, limits } = model.get("options");
  const [trouble, tree, captions, left] = ["div", "div", "div", "div"].map((tag) => make(tag));
  const told = make("p", { class: "told" });
  const spoken = voice();
  const draw = () => {
    const shown = model.get("shown");
    redraw(trouble, shown.error ? make("p", { class: "complaint", role: "alert" }, shown.error) : null);
    for (const part of [told, tree, captions, left]) part.hidden = Boolean(shown.error);
    spoken.say(null);
    if (shown.error) return;
    const [{ text, verdict, score }] = shown.captions;
    told.replaceChildren(`A beam of ${shown.captions.length} says: `, make("strong", {}, text || "nothing"), `${verdict}; score ${score}.`);
    if (!shown.passing) spoken.say(told.textContent);
    const label = "The tree of the search; the lists below tell it in words";
    redraw(tree, make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label, "data-key": "tree" }, treeOf(shown)));
    redraw(captions, captionTable(shown));
    redraw(left, droppedOnes(shown));
  };
  const width = slider(model, "beam_width", "Beam width", limits.beam_width);
  const penalty = slider(model, "length_penalty", "Length penalty", limits.length_penalty);
  el.classList.add("beam");
  el.append(picker(model));
  const controls = make("div", { class: "controls" }, chooser(model, "model", "Model", models), width, penalty);
  layOut(el, [shownPicture(model), controls], [trouble, told, tree, captions, left]);
  el.append(spoken.element);
  model.on("change:shown", draw);
  draw();
}

function captionTable({ captions }) {
  const heads = ["What it has in the end, the best first", "Score", "Verdict"].map((head) => make("th", { scope: "col" }, head));
  const rows = captions.map(({ text, score, verdict }) =>
    make("tr", {}, make("td", {}, text || "(nothing)"), make("td", { class: "number" }, score), make("td", {}, verdict)),
  );
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

function droppedOnes({ dropped }) {
  const summary = make("summary", { "data-key": "left" }, `What was left behind, and why (${dropped.length})`);
  return make("details", {}, summary, make("ul", {}, ...dropped.map((text) => make("li", {}, text))));
}

/** Thick lines lead to the best caption, thin ones to others, dashed ones to what was left behind. */
function treeOf({ steps }) {
  const rows = Math.max(...steps.map((ofStep) => ofStep.length));
  const [width, height] = [LEFT + ACROSS * steps.length + HALF, TOP + DOWN * rows];
  const place = (step, rank) => [LEFT + ACROSS * step, TOP + DOWN * rank];
  const [lines, words] = [[], [wordAt("", "best", place(0, 0), "")]];
  steps.forEach((ofStep, at) =>
    ofStep.forEach(({ word, parent, score, fate }, rank) => {
      const [[x, y], [fromX, fromY]] = [place(at + 1, rank), place(at, parent)];
      lines.push(svg("line", { x1: fromX + (at ? HALF : 4), y1: fromY, x2: word ? x - HALF : x, y2: y, class: fate }));
      if (word) words.push(wordAt(word, fate, [x, y], number(score)));
    }),
  );
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...lines, ...words);
}

const wordAt = (word, fate, [x, y], score) =>
  svg("g", { class: fate }, svg("text", { x, y: y + 1 }, word), svg("text", { x, y: y + 13, class: "score" }, score));
