// The caption sampler.

// In the order in which they stand.
const SLIDERS = {
  k: "k: how many words", p: "p: probability to reach", temperature: "Temperature",
  beam_width: "Beam width", length_penalty: "Length penalty",
};

function seedControl(model, [min, max]) {
  const id = newId();
  const input = make("input", { id, type: "number", min, max, step: 1 });
  const set = (seed) => change(model, "seed", Math.min(max, Math.max(min, Math.round(seed) || 0)));
  const update = () => (input.value = model.get("seed"));
  input.addEventListener("change", () => {
    set(Number(input.value));
    update();
  });
  model.on("change:seed", update);
  update();
  const again = make("button", { type: "button", onclick: () => set((model.get("seed") + 1) % (max + 1)) }, "Draw again");
  return make("div", { class: "control" }, make("label", { for: id }, "Seed"), input, again);
}

function controls(model) {
  const { model: models, layers, decoding, controls: applying, limits } = model.get("options");
  const all = {};
  for (const [name, label] of Object.entries(SLIDERS)) all[name] = slider(model, name, label, limits[name]);
  all.seed = seedControl(model, limits.seed);
  const what = make("p", { class: "quiet" });
  const update = () => {
    const shown = applying[model.get("decoding")];
    what.textContent = decoding[model.get("decoding")];
    for (const [name, control] of Object.entries(all)) control.hidden = !shown.includes(name);
  };
  model.on("change:decoding", update);
  update();
  return make(
    "div", { class: "controls" },
    chooser(model, "model", "Model", models), chooser(model, "layers", "Layers", layers),
    chooser(model, "decoding", "Decoding", Object.keys(decoding)),
    what, ...Object.values(all),
  );
}

function captionTable(model, { captions }) {
  const scored = captions[0].score !== "";
  const rows = captions.map(({ text, log_prob, score, truth }, index) => {
    const chosen = index === model.get("caption");
    const name = make(
      "button",
      { type: "button", class: "caption", "data-key": `caption-${index}`, "aria-pressed": `${chosen}`,
        onclick: () => change(model, "caption", index) },
      text || "(nothing)",
    );
    return make(
      "tr", { class: chosen ? "chosen" : null },
      make("td", {}, captions.length > 1 ? name : make(chosen ? "strong" : "span", { class: "caption" }, text || "(nothing)")),
      make("td", { class: "number" }, log_prob), scored ? make("td", { class: "number" }, score) : null,
      make("td", {}, truth),
    );
  });
  const heads = ["Caption", "Log-probability", ...(scored ? ["Score"] : []), "Statements"];
  return make(
    "table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...rows),
  );
}

/** What of the caption is true; of a photo that is not known. */
function statements(said) {
  if (said === null)
    return make("p", { class: "quiet" }, "What is on a photo is not known, so nothing is said of what is true. The scenes' network has seen drawings only: of a photo it says what drawing it is most like.");
  const marks = said.map(({ text, verdict }) => {
    const isTrue = verdict === "true";
    const sign = make("span", { "aria-hidden": "true" }, isTrue ? "✓ " : "✗ ");
    return make("li", { class: isTrue ? "true" : "false" }, sign, make("b", {}, verdict), ` ${text}`);
  });
  return make("ul", { class: "statements", "aria-label": "Statements of the caption" }, ...marks);
}

function wordStrip(model, shown, step) {
  const go = (to) => {
    change(model, "step", Math.min(shown.words.length - 1, Math.max(0, to)));
  };
  const moves = { ArrowLeft: -1, ArrowRight: 1 };
  const buttons = shown.words.map(({ word, log_prob, own }, index) =>
    make(
      "button",
      { type: "button", class: own ? "own-word" : null, "data-key": `step-${index}`, "aria-pressed": `${index === step}`,
        tabindex: index === step ? 0 : -1, title: `log-probability ${log_prob}`, onclick: () => go(index),
        onkeydown: (event) => {
          if (!(event.key in moves)) return;
          event.preventDefault();
          go(index + moves[event.key]);
          // The strip was drawn anew meanwhile.
          document.activeElement.closest(".words")?.querySelector(`[data-key="step-${model.get("step")}"]`)?.focus();
        } },
      word,
    ),
  );
  return make("div", { class: "words", role: "group", "aria-label": "Words of the caption" }, ...buttons);
}

function bars(model, shown, step) {
  const { word, choices, looks } = shown.words[step];
  const items = choices.map((choice) => {
    const own = choice.own_text ? make("span", { class: "quiet" }, `model ${choice.own_text}`) : null;
    const said = choice.said ? make("span", { class: "said" }, "said") : null;
    const line = make(
      "button",
      { type: "button", class: choice.said ? "choice chosen" : "choice", "data-key": `word-${choice.word}`, "aria-pressed": `${choice.said}`,
        onclick: () => ask(model, { do: "say", step, word: choice.word }) },
      make("span", { class: "word" }, choice.word), said, own, make("span", { class: "number" }, choice.text),
    );
    line.style.setProperty("--share", `${100 * choice.share}%`);
    line.style.setProperty("--own-share", `${100 * choice.own_share}%`);
    return make("li", {}, line);
  });
  const how = shown.draws ? "how likely it is drawn, and how likely the model finds it" : "how likely the model finds it";
  return make(
    "div", { class: "bars" },
    make("h4", {}, `Word ${step + 1}: “${word}”, log-probability ${shown.words[step].log_prob}`),
    make("p", { class: "quiet" }, `Each word that could stand here, and ${how}. Choose one, and the sentence goes on from it.`),
    make("ul", {}, ...items),
    looks ? make("p", { class: "quiet" }, looks) : null,
  );
}

function beginning(model, { prefix }) {
  if (!prefix) return null;
  const again = make("button", { type: "button", "data-key": "start-over", onclick: () => ask(model, { do: "start over" }) }, "Start over");
  return make("p", { class: "beginning" }, `Every caption begins with “${prefix}”. `, again);
}

/** Lay over the picture how little the model looked at each part of it. */
function drawAttention(over, attention) {
  over.replaceChildren();
  over.hidden = !attention;
  if (!attention) return;
  const most = Math.max(...attention.flat());
  over.style.gridTemplateColumns = `repeat(${attention[0].length}, 1fr)`;
  for (const share of attention.flat()) {
    const cell = make("span");
    cell.style.opacity = 0.75 * (1 - share / most);
    over.append(cell);
  }
}

/** What is said of a picture: the captions, what of the chosen one is true, and its words; `over` lies on the picture. */
function saying(model, over) {
  const [captions, told, words] = [make("div"), make("div"), make("div")];
  const spoken = voice();
  const draw = () => {
    const shown = model.get("shown");
    if (shown.error) {
      spoken.say(null);
      redraw(captions, make("p", { class: "complaint", role: "alert" }, shown.error));
      redraw(told);
      redraw(words);
      drawAttention(over, null);
      return;
    }
    const step = Math.min(model.get("step"), shown.words.length - 1);
    redraw(captions, captionTable(model, shown));
    redraw(told, statements(shown.statements), make("p", { class: "quiet" }, shown.whose));
    redraw(words, make("h4", {}, "Word by word"), wordStrip(model, shown, step), beginning(model, shown), bars(model, shown, step));
    drawAttention(over, shown.words[step].attention);
    const { text, truth } = shown.captions[model.get("caption")] ?? shown.captions[0];
    spoken.say(shown.passing ? null : `${text}: ${truth}`);
  };
  model.on("change:shown", draw);
  model.on("change:step", draw);
  draw();
  return { captions, told, words, status: spoken.element };
}

function render({ model, el }) {
  begin(model, el, "Caption sampler");
  const over = make("div", { class: "attention", "aria-hidden": "true" });
  const { captions, told, words, status } = saying(model, over);
  el.append(picker(model));
  layOut(el, [shownPicture(model, over), controls(model)], [captions, told, words]);
  el.append(status);
}

export default { render };
