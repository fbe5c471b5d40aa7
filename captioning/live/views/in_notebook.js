// A view in a notebook: the engine runs in the browser, as on a page, and the kernel sends what the page loads.

// Milliseconds until it says what may be the matter; a kernel that is busy with other cells answers after them.
const PATIENCE = 10000;
const SILENT = "There is no answer yet. If the kernel was restarted, run this cell again; if other cells are running, wait.";

/** Return what asks the kernel for something by its name: a promise of it. */
function fromKernel(model) {
  const waiting = {};
  model.on("msg:custom", ({ name, content }) => waiting[name]?.(content));
  return (name) =>
    new Promise((resolve) => {
      waiting[name] = resolve;
      model.send({ name });
    });
}

async function render({ model, el: place }) {
  const said = Object.assign(document.createElement("p"), { textContent: "Loading …" });
  said.setAttribute("role", "status");
  place.append(said);
  const silence = setTimeout(() => (said.textContent = SILENT), PATIENCE);
  const arrival = fromKernel(model);
  const el = document.createElement("div");
  try {
    await captioningViews[VIEW]({ el, settings: await arrival("settings"), ask: captioningPage(arrival) });
    place.replaceChildren(el);
  } catch (error) {
    said.textContent = `It did not start: ${error.message}.`;
  }
  clearTimeout(silence);
}

export default { render };
