// One step of a recurrent cell to move by hand; the cell says what there is to set, to compute and to draw.

import { make, svg, voice } from "../../captioning/widgets/static/elements.js";
import { buttons, number, press, slider, symbol, symbolParts, withNumbers, withSymbols } from "./parts.js";

const SHIFT = 1e-5; // of a finite difference
const STEPS = 100;
const RADIUS = 17; // of a node
const [VALUES, GRADIENTS] = ["values", "gradients"];
// Where a squashing function bends the stops lie close.
const HALF = [0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20, 40];
export const WIDE = [...HALF.map((a) => -a).reverse(), 0, ...HALF];

/** Overflows for no argument. */
export const sigmoid = (a) => (1 + Math.tanh(a / 2)) / 2;

/** What a small shift of an input changes, for each gradient that is one of an input. */
export function finiteDifferences(cell, given) {
  // The loss whose gradients are the upstream ones.
  const loss = (inputs) => {
    const out = cell.compute(inputs);
    return Object.entries(cell.outputs).reduce((sum, [name, upstream]) => sum + given[upstream] * out[name], 0);
  };
  const shifted = (input, by) => loss({ ...given, [input]: given[input] + by });
  const rise = ([name, input]) => [name, (shifted(input, SHIFT) - shifted(input, -SHIFT)) / (2 * SHIFT)];
  return Object.fromEntries(Object.entries(cell.gradients).map(rise));
}

/** The states of a hundred steps with the same gates, and the share of a gradient that arrives along them. */
export function hundredSteps(memory, values) {
  const [keep, add] = [memory.keep(values), memory.add(values)];
  const states = [values[memory.before]];
  for (let n = 0; n < STEPS; n += 1) states.push(keep * states[n] + add);
  return { states, arriving: keep ** STEPS };
}

/** Put a cell's step into an element of the page. */
export function renderStep(element, cell) {
  const start = Object.fromEntries(Object.entries(cell.inputs).map(([name, [, value]]) => [name, value]));
  const settings = { "Worked example": start, ...cell.presets };
  let [given, shown, preset] = [start, VALUES, Object.keys(settings)[0]];
  const spoken = voice();
  const sliders = Object.fromEntries(
    Object.entries(cell.inputs).map(([name, [stops, value]]) => {
      const change = (moved) => {
        [given, preset] = [{ ...given, [name]: moved }, null];
        update();
      };
      return [name, slider(symbol(name), stops, value, change)];
    }),
  );
  const presets = buttons("Settings", Object.keys(settings), (name) => {
    [given, preset] = [{ ...given, ...settings[name] }, name];
    for (const [input, one] of Object.entries(sliders)) one.set(given[input]);
    update();
  });
  const arrows = buttons("Width of the lines", [VALUES, GRADIENTS], (name) => {
    shown = name;
    update();
  });
  const picture = make("div", { class: "view-picture" });
  const [forward, backward] = [make("ul"), make("ul")];
  const hundred = make("div", { class: "view-picture" });
  const told = make("p");

  function update() {
    const values = cell.compute(given);
    press(presets, preset);
    press(arrows, shown);
    picture.replaceChildren(graph(cell, values, shown));
    forward.replaceChildren(...rows(cell.forward, values, {}));
    backward.replaceChildren(...rows(cell.backward, values, finiteDifferences(cell, given)));
    const { states, arriving } = hundredSteps(cell.memory, values);
    const { state, gate } = cell.memory;
    hundred.replaceChildren(curve(states, state));
    told.replaceChildren(
      "After 100 steps with these gates ", make("i", {}, state), ` goes from ${number(states[0])} to ${number(states[STEPS])}. Of a gradient at the last `,
      make("i", {}, state), ", ", make("i", {}, gate), make("sup", {}, "100"), ` = ${number(arriving)} arrives at the first along this path.`,
    );
    spoken.say(cell.said.map((name) => `${plainly(name)} ${number(values[name])}`).join(", "));
  }

  const controls = make("div", { class: "view-side" }, presets, ...Object.values(sliders).map((one) => one.element));
  const legend = make("p", { class: "view-quiet" }, "Above a node its value, below it its gradient.");
  const arrowsLine = make("div", { class: "view-line" }, "Thick lines: large", arrows);
  element.append(
    make("div", { class: "view-columns" }, controls, make("div", { class: "view-side" }, picture, legend, arrowsLine)),
    make("div", { class: "view-columns view-rows" },
      make("div", { class: "view-side" }, make("p", { class: "view-title" }, "Forward"), forward,
        make("p", { class: "view-title" }, "A hundred steps"), hundred, told),
      make("div", { class: "view-side" }, make("p", { class: "view-title" }, "Backward"), backward)),
    spoken.element,
  );
  update();
}

const plainly = (name) => name.replace("_t-1", " before").replace("_t", "").replace("^", " ").replace("_", " ");

/** Each number with its formula, the formula with the numbers, and what a finite difference says. */
const rows = (formulas, values, differences) =>
  Object.entries(formulas).map(([name, formula]) => {
    const filled = make("span", { class: "view-numbers" }, `= ${withNumbers(formula, values)} = `, make("b", {}, number(values[name])));
    const row = make("li", {}, symbol(name), " = ", ...withSymbols(formula), " ", filled);
    if (name in differences) row.append(" ", make("span", { class: "view-numbers view-quiet" }, `finite difference ${number(differences[name])}`));
    return row;
  });

/** The computational graph, values above the nodes and gradients below; lines as wide as what flows on them. */
function graph(cell, values, shown) {
  const filled = (formula) => formula.replace(/\{(.+?)\}/g, (_, name) => number(values[name], 3)).replace("− −", "+ ");
  const [lines, nodes] = [[], []];
  for (const [name, x, y, value, gradient, targets] of Object.values(cell.graph)) {
    const label = svgSymbol(name);
    for (const [target, back] of Object.entries(targets)) {
      const [, toX, toY] = cell.graph[target];
      const size = Math.abs(values[shown === VALUES ? value.slice(1, -1) : back]);
      const attributes = { x1: x, y1: y, x2: toX, y2: toY, "stroke-width": 1 + 6 * Math.min(size, 1.5) };
      lines.push(svg("line", { ...attributes, class: size < 5e-4 ? "view-nothing" : "view-flow" }));
    }
    nodes.push(
      svg("circle", { cx: x, cy: y, r: RADIUS }),
      svg("text", { x, y: y + 4, class: "view-label" }, ...label),
      svg("text", { x, y: y - RADIUS - 4 }, filled(value)),
      svg("text", { x, y: y + RADIUS + 12, class: "view-gradient" }, filled(gradient)),
    );
  }
  const attributes = { viewBox: `0 0 360 ${cell.height}`, role: "img", "aria-label": `${cell.name}, as a graph. The lists below hold its numbers.` };
  return svg("svg", attributes, ...lines, ...nodes);
}

const svgSymbol = (label) => {
  if (!/^[a-z](?![a-z ])/.test(label)) return [svg("tspan", { class: "view-operation" }, label)];
  const { letters, above, below } = symbolParts(label);
  const small = (text, dy, dx) => svg("tspan", { dy, dx, "font-size": 9 }, text);
  return [letters, ...(above ? [small(above, -5, 0)] : []), ...(below ? [small(below, above ? 9 : 4, above ? -5 : 0)] : [])];
};

/** The state over the steps. */
function curve(states, name) {
  const [low, high] = [Math.min(0, ...states), Math.max(0, ...states)];
  const y = (state) => 110 - (100 * (state - low)) / (high - low || 1);
  const points = states.map((state, n) => `${40 + 3 * n},${y(state).toFixed(1)}`).join(" ");
  const mark = (state) => svg("text", { x: 36, y: y(state) + 4, "text-anchor": "end" }, number(state, 2));
  return svg("svg", { viewBox: "0 0 360 130", role: "img", "aria-label": `${name} over a hundred steps; the sentence below tells its ends.` },
    svg("line", { x1: 40, y1: y(0), x2: 340, y2: y(0), class: "view-axis" }),
    svg("polyline", { points, class: "view-curve" }), mark(low), mark(high),
    svg("text", { x: 40, y: 126 }, "0"), svg("text", { x: 350, y: 126, "text-anchor": "end" }, "100 steps"));
}
