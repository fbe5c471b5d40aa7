// Where the captioner looked at each word, and beside it what covering each cell costs; a cell that is chosen is covered.

import { coveringView, placeOf } from "./covering.js";
import { finePercent, number } from "./numbers.js";
import { oneAtATime, pictureModel } from "./page_model.js";

const [NOUGHT, FEW] = [0.05, 0.005]; // what rounds to 0.0 nats, and to 0 %
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export async function show({ el, settings, ask }) {
  let made = null;
  const view = oneAtATime((picture) => coveringView(ask, picture), (shown) => {
    if (!shown.error) made.model.put("step", firstStep(shown));
    made.model.put("shown", shown);
  });
  made = await pictureModel(ask, { ...settings, step: 0 }, { changed: () => {}, taken: view });
  await made.start();
  render(made.model, el);
}

/** The word to begin with: the one that loses most if a cell is covered. */
const firstStep = ({ costs }) => ENGINE.argmax(costs.map((ofCells) => Math.max(...ofCells)));

function render(model, el) {
  begin(model, el, "What covering a cell costs");
  const [trouble, words, without, told, whole] = ["div", "div", "p", "p", "p"].map((tag) => make(tag));
  const spoken = voice();
  const looked = pictureWithCells("Where it looked, in %");
  const missed = pictureWithCells("What covering costs, in nats");
  words.className = "words";
  let covered = null;

  const drawStep = () => {
    const shown = model.get("shown");
    if (shown.error) return;
    const { side, weights, costs } = shown;
    const step = model.get("step");
    const word = shown.words[step];
    const chips = shown.words.map((one, at) =>
      make("button", { type: "button", "data-key": `word-${at}`, "aria-pressed": String(at === step), onclick: () => change(model, "step", at) }, one),
    );
    redraw(words, ...chips);
    looked.fill(weights[step], (share) => (share < FEW ? "0" : finePercent(share).replace(" %", "")));
    missed.fill(costs[step], (nats) => (Math.abs(nats) < NOUGHT ? "0" : nats.toFixed(1)));
    const [most, costliest] = [weights, costs].map((ofWords) => ENGINE.argmax(ofWords[step]));
    const agreed = weights.filter((ofCells, at) => ENGINE.argmax(ofCells) === ENGINE.argmax(costs[at])).length;
    told.textContent =
      `At “${word}” it looks most at ${placeOf(most, side)} (${finePercent(weights[step][most])}). Covering ` +
      `${costliest === most ? "the same cell" : placeOf(costliest, side)} costs most: ${number(costs[step][costliest])} nats.`;
    whole.textContent = `In this sentence the cell looked at most is the one missed most at ${agreed} of ${weights.length} words.`;
    cover(covered);
  };
  /** Cover a cell in both pictures, and say what is said then; null covers none. */
  const cover = (cell) => {
    covered = cell;
    const { side, words: said, costs, without: anew, text, verdict } = model.get("shown");
    const step = model.get("step");
    for (const picture of [looked, missed]) picture.cover(cell);
    const parts =
      cell === null
        ? ["It says: ", make("strong", {}, text), verdict]
        : [
            `Without ${placeOf(cell, side)}, “${said[step]}” is ${fallOf(costs[step][cell])}. Asked anew, it says: `,
            make("strong", {}, anew[cell].text === text ? "the same" : anew[cell].text), anew[cell].verdict,
          ];
    without.replaceChildren(...parts);
    spoken.say(cell === null ? `${without.textContent}. ${told.textContent}` : without.textContent);
  };
  const draw = () => {
    const shown = model.get("shown");
    redraw(trouble, shown.error ? make("p", { class: "complaint", role: "alert" }, shown.error) : null);
    for (const part of [words, told, whole, without, pair]) part.hidden = Boolean(shown.error);
    if (shown.error) return;
    covered = null;
    for (const picture of [looked, missed]) picture.show(model.get("shown_picture"), shown.side, cover);
    drawStep();
  };
  const pair = make("div", { class: "pair" }, looked.element, missed.element);
  el.classList.add("covering");
  without.classList.add("told");
  el.append(picker(model), trouble, without, words, pair, told, whole, spoken.element);
  model.on("change:shown", draw);
  model.on("change:step", drawStep);
  draw();
}

const fallOf = (nats) =>
  Math.abs(nats) < NOUGHT ? "as likely as before" : `${number(Math.abs(nats))} nats ${nats > 0 ? "less" : "more"} likely`;

/** A picture under cells that are buttons, of which the arrow keys choose; and how its values are filled in. */
function pictureWithCells(title) {
  const image = make("img", { width: 256, height: 256, alt: "" });
  const cells = make("div", { class: "cells", role: "group" });
  let buttons = [];
  const show = ({ src, name }, side, cover) => {
    image.src = src;
    cells.style.gridTemplateColumns = `repeat(${side}, 1fr)`;
    cells.setAttribute("aria-label", `${title}: ${name}`);
    const go = (event) => {
      if (!(event.key in MOVES)) return;
      event.preventDefault();
      const at = buttons.indexOf(event.currentTarget);
      const [row, column] = MOVES[event.key].map((move, axis) => (axis ? at % side : Math.floor(at / side)) + move);
      if (row in [...Array(side)] && column in [...Array(side)]) buttons[row * side + column].focus();
    };
    const button = (_, at) =>
      make("button", {
        type: "button", tabindex: at ? -1 : 0, "data-key": `${title}-${at}`,
        onkeydown: go, onfocus: () => cover(at), onblur: () => cover(null), onpointerenter: () => cover(at), onpointerleave: () => cover(null),
        onclick: () => cover(at), // by a finger, which has left by then, and on some phones focuses no button
      }, make("span", { class: "light" }), make("span", { class: "value" }));
    buttons = Array.from({ length: side ** 2 }, button);
    redraw(cells, ...buttons);
  };
  const fill = (values, text) => {
    const most = Math.max(...values);
    buttons.forEach((button, at) => {
      const [light, value] = button.children;
      light.style.opacity = 0.75 * (1 - Math.max(0, values[at]) / most);
      value.textContent = text(values[at]);
      button.setAttribute("aria-label", `${placeOf(at, Math.sqrt(values.length))}: ${text(values[at])}`);
    });
  };
  const cover = (cell) => buttons.forEach((button, at) => button.classList.toggle("covered", at === cell));
  const element = make("figure", {}, make("figcaption", {}, title), make("div", { class: "picture" }, image, cells));
  return { element, show, fill, cover };
}
