// A filter that slides over a scene: what it answers where it stands, and the map of its answers.

import { make, voice } from "../../captioning/widgets/static/elements.js";
import { convolve, outputSize, patch, products, seen, SIDE, sum } from "./convolution.js";
import { grid, surface } from "./pixels.js";
import { buttons, number, press, slider, stops, symbol } from "./parts.js";

const FILTERS = {
  "Left to right": [-1, 0, 1, -1, 0, 1, -1, 0, 1],
  "Top to bottom": [-1, -1, -1, 0, 0, 0, 1, 1, 1],
  Outlines: [0, 1, 0, 1, -4, 1, 0, 1, 0],
  Blur: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16),
  Sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  Copy: [0, 0, 0, 0, 1, 0, 0, 0, 0],
};

const short = (value) => String(+value.toFixed(2)).replace("-", "−");

/** Put the view into an element of the page; the scene's pixels come in hundredths, a byte each, as base64. */
export function render(element, { hundredths, size }) {
  const x = Array.from(atob(hundredths), (byte) => byte.charCodeAt(0) / 100);
  const param = { stride: 1, pad: 1 };
  // To begin with, at the left edge of the lighthouse.
  let [w, b, relu, layers, i, j, timer] = [[...FILTERS["Left to right"]], 0, false, 1, 20, 23, null];
  let side = outputSize(size, param.stride, param.pad);
  let filled = Array.from({ length: side ** 2 }, (_, n) => n < i * side + j);
  const spoken = voice();

  // In padded pixels, and in outputs.
  const overPicture = (share) => Math.round((share * (size + 2 * param.pad) - SIDE / 2) / param.stride);
  const overMap = (share) => Math.floor(share * side);
  const picture = surface("x, the scene", (across, down) => go(overPicture(down), overPicture(across)));
  const map = surface("out, the map", (across, down) => go(overMap(down), overMap(across)));
  const [under, filter, product] = ["x, the window", "w, the filter", "x times w"].map((caption) => grid(caption, SIDE));
  const weights = w.map((_, n) => {
    const label = `w, row ${Math.floor(n / SIDE) + 1}, column ${(n % SIDE) + 1}`;
    const own = (event) => set(() => (w[n] = Number(event.target.value) || 0));
    return make("input", { type: "number", step: "any", value: w[n], "aria-label": label, oninput: own });
  });
  filter.cells.forEach((cell, n) => cell.append(weights[n]));
  const filters = buttons("Filters", Object.keys(FILTERS), (name) =>
    set(() => weights.forEach((field, n) => (field.value = w[n] = FILTERS[name][n]))),
  );
  const [out, sizes, sees] = [make("p"), make("p"), make("p")];
  const row = slider("row", [0], 0, (at) => go(at, j));
  const column = slider("column", [0], 0, (at) => go(i, at));
  const settings = [
    slider(symbol("b"), stops(-1, 1, 0.1), b, (at) => set(() => (b = at))),
    slider("stride", [1, 2], param.stride, (at) => set(() => (param.stride = at))),
    slider("padding", [0, 1], param.pad, (at) => set(() => (param.pad = at))),
    slider("layer", [1, 2, 3, 4], layers, (at) => set(() => (layers = at))),
  ];
  const runs = buttons("The window", ["Slide"], () => {
    const slides = timer === null;
    stop();
    if (slides && filled.every(Boolean)) filled.fill(false);
    if (slides) timer = setInterval(slide, 16);
    update();
  });
  const fills = buttons("The map", ["Fill", "Empty"], (name) => {
    filled.fill(name === "Fill");
    go(i, j);
  });
  const rectified = buttons("After the sum", ["ReLU"], () => set(() => (relu = !relu)));

  function stop() {
    timer = clearInterval(timer) ?? null;
  }
  function slide() {
    const next = (i * side + j + 1) % side ** 2;
    if (filled.every(Boolean)) stop();
    place(Math.floor(next / side), next % side);
  }
  /** A reader moves the window: it does not slide any more. */
  function go(row, column) {
    stop();
    place(row, column);
  }
  function place(row, column) {
    const inside = (at) => Math.max(0, Math.min(side - 1, at));
    [i, j] = [inside(row), inside(column)];
    update();
  }
  function set(change) {
    change();
    const now = outputSize(size, param.stride, param.pad);
    if (now !== side) filled = Array(now ** 2).fill(filled.every(Boolean));
    side = now;
    place(i, j);
  }

  function update() {
    const pixels = patch(x, size, i, j, param);
    const each = products(pixels, w);
    const total = sum(each) + b;
    filled[i * side + j] = true;
    row.set(i, stops(0, side - 1, 1));
    column.set(j, stops(0, side - 1, 1));
    press(filters, Object.keys(FILTERS).find((name) => FILTERS[name].every((weight, n) => weight === w[n])));
    press(rectified, relu ? "ReLU" : null);
    press(runs, timer === null ? null : "Slide");
    pixels.forEach((pixel, n) => (under.cells[n].textContent = short(pixel)));
    each.forEach((value, n) => (product.cells[n].textContent = short(value)));
    out.replaceChildren(`The nine products add up to ${number(sum(each))}, with `, symbol("b"), " to ", make("b", {}, number(total)));
    if (relu) out.append(", and the ReLU makes it ", make("b", {}, number(Math.max(0, total))));
    sizes.replaceChildren(symbol("H_out"), ` = 1 + ⌊(${size} + 2 · ${param.pad} − ${SIDE}) / ${param.stride}⌋ = ${side}`);
    const [down, across] = [seen(size, layers, i, param), seen(size, layers, j, param)];
    const frame = layers > 1 ? "the dashed frame" : "the frame";
    sees.textContent = `A unit of layer ${layers} sees ${down.rows} × ${down.rows} pixels: ${frame}.`;
    const dashed = [down.first + param.pad, across.first + param.pad, down.rows];
    const padded = patch(x, size, 0, 0, { stride: 1, pad: param.pad }, size + 2 * param.pad);
    picture.show(padded, size + 2 * param.pad, [i * param.stride, j * param.stride, SIDE], layers > 1 && dashed);
    const answers = convolve(x, size, w, b, param).map((value) => (relu ? Math.max(0, value) : value));
    const reach = Math.max(...answers.map(Math.abs)) || 1;
    const grey = (value) => (relu ? value / reach : (1 + value / reach) / 2);
    map.show(answers.map((value, n) => (filled[n] ? grey(value) : null)), side, [i, j, 1]);
    spoken.say(`Row ${i}, column ${j}: ${number(total)}`);
  }

  const pair = make("div", { class: "view-pair" }, picture.element, map.element);
  const sums = make("div", { class: "view-grids" }, under.element, "·", filter.element, "=", product.element);
  const line = make("div", { class: "view-line" }, runs, fills, rectified);
  const sliders = make("div", { class: "view-settings" }, ...[row, column, ...settings].map((one) => one.element));
  element.append(filters, pair, line, sums, out, sliders, sizes, sees, spoken.element);
  update();
}
