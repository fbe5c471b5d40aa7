// What the views share: symbols and numbers as the chapters write them, and sliders.

import { make } from "../../captioning/widgets/static/elements.js";

/** Write a number with at most so many decimals, or as a power of ten where it is too small for them. */
export function number(value, decimals = 4) {
  const small = value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals;
  const text = small ? value.toExponential(1) : String(+value.toFixed(decimals));
  return text.replaceAll("-", "−");
}

/** Take a symbol such as "da^h_n" or "c_t-1" apart: the letters, what stands above and what below. */
export function symbolParts(name) {
  const [, letters, above = "", below = ""] = name.match(/^([^^_]+)(?:\^([^_]+))?(?:_(.+))?$/);
  return { letters, above, below: below.replace("-", "−") };
}

/** Write a symbol into text. */
export function symbol(name) {
  const { letters, above, below } = symbolParts(name);
  const element = make("span", { class: "symbol" }, make("i", {}, letters));
  if (above) element.append(make("sup", {}, above));
  if (below) element.append(make("sub", {}, below));
  return element;
}

/** A formula such as "{o} · tanh({c_t})" with its symbols. */
export const withSymbols = (formula) =>
  formula.split(/\{(.+?)\}/).map((part, at) => (at % 2 ? symbol(part) : part));

/** A formula with its numbers; a negative one stands in parentheses where a sign or a power is beside it. */
export const withNumbers = (formula, values, write = number) =>
  formula.replace(/(^|.)\{(.+?)\}(?=(.?))/g, (_, before, name, after) => {
    const text = write(values[name]);
    const apart = text.startsWith("−") && ((before && before !== "(") || after === "²");
    return before + (apart ? `(${text})` : text);
  });

/** From low to high in equal steps, such as a slider has. */
export const stops = (low, high, step) =>
  Array.from({ length: Math.round((high - low) / step) + 1 }, (_, n) => +(low + n * step).toFixed(6));

/** A slider over some numbers, `{element, set(number, other numbers)}`; `change(number)` hears of each move. */
export function slider(label, values, value, change) {
  // Another view of the page has a script, and so a count, of its own.
  const id = `slider-${Math.random().toString(36).slice(2)}`;
  const output = make("span", { class: "view-value" });
  const input = make("input", { type: "range", id, min: 0, step: 1 });
  const show = () => {
    output.textContent = number(values[input.value]);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  const set = (wanted, others = values) => {
    values = others;
    const off = values.map((one) => Math.abs(one - wanted));
    input.max = values.length - 1;
    input.value = off.indexOf(Math.min(...off));
    show();
  };
  input.addEventListener("input", () => {
    show();
    change(values[input.value]);
  });
  set(value);
  return { element: make("div", { class: "view-slider" }, make("label", { for: id }, label), input, output), set };
}

/** A row of buttons for what there is to choose; `choose(text)` hears which one. */
export function buttons(label, texts, choose) {
  const made = texts.map((text) => make("button", { type: "button", onclick: () => choose(text) }, text));
  return make("div", { class: "view-buttons", role: "group", "aria-label": label }, ...made);
}

/** Mark the button with this text as the one that holds; null for none. */
export function press(group, text) {
  for (const button of group.children) button.setAttribute("aria-pressed", String(button.textContent === text));
}
