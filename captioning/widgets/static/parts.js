// What both widgets share: the lay-out, and choosing a picture.

let made = 0;
// For each widget, how it says that it waits for an answer: of a kernel in a notebook, of a worker on a page.
const busy = new WeakMap();

function newId() {
  made += 1;
  return `captioning-${made}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Draw a part anew; who had the focus has it again, known by its data-key. */
function redraw(part, ...children) {
  const key = part.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  part.replaceChildren(...children.filter((child) => child !== null));
  if (key) part.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// After so many milliseconds without an answer it says what may be the matter.
const PATIENCE = 6000;

/** The root of a widget: it is busy until an answer comes, and does not wait in silence. */
function begin(model, el, label) {
  el.classList.add("captioning-widget");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", label);
  const silence = make(
    "p", { class: "complaint", role: "status" },
    model.get("silence") ?? "There is no answer yet. If the kernel was restarted, run this cell again; if your layers are slow, wait.",
  );
  let waiting = 0;
  const idle = () => {
    clearTimeout(waiting);
    silence.remove();
    el.removeAttribute("aria-busy");
  };
  model.on("change:shown", idle);
  model.on("change:complaint", idle);
  busy.set(model, () => {
    el.setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    waiting = setTimeout(() => el.prepend(silence), PATIENCE);
  });
}

function ask(model, message, content = []) {
  busy.get(model)?.();
  model.send(message, undefined, content);
}

/** Set a trait; all but the step is answered. */
function change(model, name, value) {
  if (name !== "step" && model.get(name) !== value) busy.get(model)?.();
  model.set(name, value);
  model.save_changes();
}

/** The picture and its controls on one side, what is said of it on the other. */
function layOut(el, side, main) {
  el.append(make("div", { class: "columns" }, make("div", { class: "side" }, ...side), make("div", { class: "main" }, ...main)));
}

/** A labelled choice among `options` (value to name, or names), and the select in it; `choose` gets the value. */
function choice(label, options, value, choose, attributes = {}) {
  const id = newId();
  const select = make("select", { id, ...attributes, onchange: () => choose(select.value) });
  const named = Array.isArray(options) ? options.map((name) => [name, name]) : Object.entries(options);
  for (const [value, text] of named) select.append(make("option", { value }, text));
  select.value = value;
  return { element: make("div", { class: "control" }, make("label", { for: id }, label), select), select };
}

/** A choice that is tied to a trait; nothing where there is no choice. */
function chooser(model, name, label, options) {
  if (!options) return null;
  const { element, select } = choice(label, options, model.get(name), (value) => change(model, name, value));
  model.on(`change:${name}`, () => (select.value = model.get(name)));
  return element;
}

/** A labelled slider, tied to a trait; what a screen reader hears of it, the slider says itself. */
function slider(model, name, label, [min, max, step]) {
  const id = newId();
  const input = make("input", { id, type: "range", min, max, step });
  const output = make("output", { for: id, "aria-live": "off" });
  const update = () => {
    input.value = model.get(name);
    output.textContent = step < 1 ? Number(model.get(name)).toFixed(2) : model.get(name);
  };
  input.addEventListener("input", () => {
    change(model, name, Number(input.value));
    update();
  });
  model.on(`change:${name}`, update);
  update();
  return make("div", { class: "control" }, make("label", { for: id }, label), input, output);
}

/** The gallery, a sentence of one's own, or a photo. */
function picker(model) {
  const complaint = make("p", { class: "complaint", role: "alert" });
  const place = make("div", { class: "picker" }, gallery(model));
  const own = make("div", { class: "own" }, words(model), upload(model, place));
  place.append(own, complaint);
  const update = () => (complaint.textContent = model.get("complaint").text ?? "");
  model.on("change:complaint", update);
  update();
  return place;
}

function gallery(model) {
  const name = newId();
  const scenes = model.get("gallery").map(({ src, name: alt }, index) => {
    const radio = make("input", { type: "radio", name, value: index, onchange: () => change(model, "scene", index) });
    return make("label", { title: alt }, radio, make("img", { src, alt, width: 96, height: 96 }));
  });
  const update = () =>
    scenes.forEach((label, index) => (label.firstChild.checked = index === model.get("scene")));
  model.on("change:scene", update);
  update();
  return make("fieldset", { class: "gallery" }, make("legend", {}, "Choose a scene"), make("div", {}, ...scenes));
}

function words(model) {
  const id = newId();
  const send = (event) => {
    event.preventDefault();
    ask(model, { do: "words", text: input.value });
  };
  const input = make("input", {
    id, type: "text", maxlength: 200, placeholder: "a small red boat left of a lighthouse at night",
    // JupyterLab keeps the Enter key from sending a form.
    onkeydown: (event) => event.key === "Enter" && send(event),
  });
  const lists = Object.entries(model.get("vocabulary")).flatMap(([kind, all]) => [
    make("dt", {}, kind), make("dd", {}, all.join(", ")),
  ]);
  return make(
    "form", { class: "control", onsubmit: send },
    make("label", { for: id }, "or describe one"), input, make("button", { type: "submit" }, "Draw"),
    make("details", {}, make("summary", {}, "Which words?"), make("dl", {}, ...lists)),
  );
}

/** A photo, chosen or dropped anywhere on `place`. */
function upload(model, place) {
  const id = newId();
  const send = async (file) => {
    if (!file) return;
    const message = { do: "photo", name: file.name, size: file.size };
    // What is too large for the connection is answered by its size alone.
    const content = file.size <= model.get("max_upload") ? [await file.arrayBuffer()] : [];
    ask(model, message, content);
  };
  const input = make("input", {
    id, type: "file", accept: "image/*",
    onchange: async () => {
      await send(input.files[0]);
      input.value = "";
    },
  });
  const over = (is) => (event) => {
    event.preventDefault();
    event.stopPropagation();
    place.classList.toggle("over", is);
    return event;
  };
  place.addEventListener("dragover", over(true));
  place.addEventListener("dragleave", over(false));
  place.addEventListener("drop", (event) => send(over(false)(event).dataTransfer.files[0]));
  return make("div", { class: "control" }, make("label", { for: id }, "or drop a photo here"), input);
}

/** The picture that is spoken of; `over` may lie on it. */
function shownPicture(model, over = null) {
  const image = make("img", { width: 256, height: 256 });
  const name = make("figcaption");
  const notes = make("p", { class: "quiet" });
  const update = () => {
    const { src, name: text, notes: said } = model.get("shown_picture");
    image.src = src;
    image.alt = text;
    name.textContent = text;
    notes.textContent = said.join(" ");
  };
  model.on("change:shown_picture", update);
  update();
  return make("figure", {}, make("div", { class: "picture" }, image, over), name, notes);
}
