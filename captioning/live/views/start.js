// The page's side of every view: it stands there as a picture with a button, and comes alive on a click. Works from
// the disk, too. A view's file puts `show({ el, settings, ask })` into `captioningViews`, by the view's name.
// It does not start when it is scrolled to: that would fetch some three megabytes that nobody asked for, on a phone's
// contract, too, and on the front page with the page itself. Who scrolls past reads the caption under the picture.

window.captioningViews ??= {};
window.captioningFiles ??= {}; // what was added to the page, by its address, as promises
{
  const { src } = document.currentScript;
  const folder = src.slice(0, src.lastIndexOf("/"));

  const add = (tag, address, attributes) =>
    (captioningFiles[address] ??= new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement(tag), attributes, { onload: resolve });
      element.onerror = () => {
        delete captioningFiles[address]; // to be tried again
        reject(new Error(`${address} could not be loaded`));
      };
      document.head.append(element);
    }));
  const script = (name) => add("script", `${folder}/${name}.js`, { src: `${folder}/${name}.js` });
  const sheet = (name) => add("link", `${folder}/${name}.css`, { rel: "stylesheet", href: `${folder}/${name}.css` });

  /** Put a view, with its first answer, into its place. */
  async function start(place) {
    const { view, settings } = place.dataset;
    await Promise.all([script("captioner").then(() => script(`view-${view}`)), sheet("views")]);
    window.captioningAsk ??= captioningPage(captioningScripts(folder));
    const el = Object.assign(document.createElement("div"), { tabIndex: -1 });
    await captioningViews[view]({ el, settings: JSON.parse(settings), ask: captioningAsk });
    place.replaceChildren(el);
    el.focus({ preventScroll: true });
  }

  for (const place of document.querySelectorAll(".live-view:not([data-ready])")) {
    if (!window.DecompressionStream || !window.Worker) continue; // an old browser keeps the picture and the sentence
    place.dataset.ready = "";
    const needs = place.querySelector(".live-needs");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: place.dataset.button });
    const said = Object.assign(document.createElement("span"), { textContent: place.dataset.loads });
    said.setAttribute("role", "status");
    needs.replaceChildren(button, " ", said);
    button.addEventListener("click", async () => {
      if (button.ariaDisabled) return;
      button.ariaDisabled = "true"; // and not `disabled`, which would lose the focus
      said.textContent = "Loading …";
      try {
        await start(place);
      } catch (error) {
        button.ariaDisabled = null;
        said.textContent = `It did not start: ${error.message}. Try again.`;
      }
    });
  }
}
