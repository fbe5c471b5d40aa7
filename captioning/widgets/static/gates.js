// The gate viewer.

const NUMBERS = {
  mean: "mean", least: "least", most: "most", open: "over 0.9", shut: "under 0.1",
};

/** Paint the units of a gate: paper at 0, accent at 1, the warm colour at -1. */
function paint(canvas, { map, units, signed }, columns) {
  const style = getComputedStyle(canvas);
  // Not in the page yet, or before its style sheet: it is painted when it gets its size.
  if (!style.getPropertyValue("--paper")) return;
  const rgb = (name) => {
    const hex = style.getPropertyValue(name).trim();
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  };
  const [paper, accent, warm] = ["--paper", "--accent", "--warm"].map(rgb);
  canvas.width = columns;
  canvas.height = units;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, units);
  [...atob(map)].forEach((letter, at) => {
    const share = letter.charCodeAt(0) / 255;
    const value = signed ? 2 * share - 1 : share;
    const end = value < 0 ? warm : accent;
    const color = paper.map((from, channel) => from + Math.abs(value) * (end[channel] - from));
    image.data.set([...color, 255], 4 * at);
  });
  context.putImageData(image, 0, 0);
}

function heatMap(gate, words) {
  const canvas = make("canvas", {
    role: "img", "aria-label": `${gate.title}: ${gate.units} units, a row each, over ${words.length} words; the numbers stand below.`,
  });
  const scale = make(
    "span", { class: "quiet" }, gate.signed ? "−1" : "0", make("span", { class: gate.signed ? "scale signed" : "scale" }), "1",
  );
  const marker = make("div", { class: "marker", "aria-hidden": "true" });
  return {
    canvas, marker,
    element: make("figure", { class: "map" }, make("figcaption", {}, gate.title, scale), make("div", { class: "units" }, canvas, marker)),
  };
}

/** A table that is wider than a narrow page moves sideways by itself. */
function scrolling(label, heads, rows) {
  return make(
    "div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)),
  );
}

function numbersTable({ gates }, step) {
  const heads = ["Gate", ...Object.values(NUMBERS)].map((head) => make("th", { scope: "col" }, head));
  const rows = gates.map((gate) =>
    make("tr", {}, make("th", { scope: "row" }, gate.name), ...Object.keys(NUMBERS).map((key) => make("td", { class: "number" }, gate.numbers[step][key]))),
  );
  return scrolling("Numbers of each gate at this step", heads, rows);
}

function meansTable({ gates, words, read }, step, go) {
  const heads = ["Step", "reads", "says", ...gates.map((gate) => gate.name)];
  const rows = words.map((word, at) =>
    make(
      "tr", { class: at === step ? "chosen" : null, "aria-current": at === step ? "step" : null, onclick: () => go(at) },
      make("td", { class: "number" }, `${at === step ? "▸ " : ""}${at + 1}`), make("td", {}, read[at]), make("td", {}, word),
      ...gates.map((gate) => make("td", { class: "number" }, gate.means[at])),
    ),
  );
  return scrolling("Mean of each gate at each step", heads.map((head) => make("th", { scope: "col" }, head)), rows);
}

function render({ model, el }) {
  begin(model, el, "Gate viewer");
  const id = newId();
  const input = make("input", { id, type: "range", min: 0, step: 1 });
  const output = make("output", { for: id, "aria-live": "off" });
  const caption = make("p");
  const spoken = voice();
  const maps = make("div", { class: "maps" });
  const numbers = make("div");
  const means = make("div");
  const trouble = make("div");
  const whose = make("p", { class: "quiet" });
  const { model: models, layers } = model.get("options");
  let drawn = [];
  const go = (step) => change(model, "step", step);
  input.addEventListener("input", () => go(Number(input.value)));

  // Once they stand in the page, the maps know its colours.
  const paintAll = () => drawn.forEach(({ canvas, gate }) => paint(canvas, gate, model.get("shown").words.length));
  const drawStep = () => {
    const shown = model.get("shown");
    if (shown.error) return;
    const last = shown.words.length - 1;
    const step = Math.min(Math.max(0, model.get("step")), last);
    input.max = last;
    input.value = step;
    const says = `reads “${shown.read[step]}”, says “${shown.words[step]}”`;
    input.setAttribute("aria-valuetext", `step ${step + 1} of ${last + 1}: ${says}`);
    output.textContent = `${step + 1} of ${last + 1}: ${says}`;
    for (const { marker } of drawn) {
      marker.style.left = `${(100 * step) / (last + 1)}%`;
      marker.style.width = `${100 / (last + 1)}%`;
    }
    redraw(numbers, make("h4", {}, `Step ${step + 1}: ${says}`), numbersTable(shown, step));
    redraw(means, make("h4", {}, "The mean over the units, at each step"), meansTable(shown, step, go));
  };
  const draw = () => {
    const shown = model.get("shown");
    redraw(trouble, shown.error ? make("p", { class: "complaint", role: "alert" }, shown.error) : null);
    for (const part of [caption, maps, numbers, means, whose, stepper]) part.hidden = Boolean(shown.error);
    spoken.say(shown.error || shown.passing ? null : `It says: ${shown.caption}`);
    if (shown.error) return;
    caption.replaceChildren("It says: ", make("strong", {}, shown.caption));
    whose.textContent = shown.whose ?? "";
    drawn = shown.gates.map((gate) => ({ gate, ...heatMap(gate, shown.words) }));
    maps.replaceChildren(...drawn.map(({ element }) => element));
    paintAll();
    drawStep();
  };
  const stepper = make("div", { class: "control stepper" }, make("label", { for: id }, "Step"), input, output);
  const controls = make("div", { class: "controls" }, chooser(model, "model", "Model", models), chooser(model, "layers", "Layers", layers));
  el.append(picker(model));
  layOut(el, [shownPicture(model), controls], [trouble, caption, stepper, maps, whose, numbers, means]);
  el.append(spoken.element);
  model.on("change:shown", draw);
  model.on("change:step", drawStep);
  // The page of a book, and JupyterLab, can become dark at any time.
  for (const page of [document.documentElement, document.body])
    new MutationObserver(paintAll).observe(page, { attributeFilter: ["data-theme", "data-jp-theme-light"] });
  // After a reload the page stands before its widgets, and these before their style.
  new ResizeObserver(paintAll).observe(maps);
  requestAnimationFrame(draw);
}

export default { render };
