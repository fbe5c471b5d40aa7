// What the widgets, the views of a page and those in book/_views/ are made of: elements, and a voice.

// A screen reader hears what is said once, so many milliseconds after the last that came.
const QUIET = 500;

function fitOut(element, attributes, children) {
  // In what has the focus, JupyterLab's shortcuts must not act: arrow keys would move between cells.
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Make an element; what begins with "on" listens, what is null or false is left out. */
export const make = (tag, attributes = {}, ...children) => fitOut(document.createElement(tag), attributes, children);

/** Make an element of a drawing. */
export const svg = (tag, attributes = {}, ...children) =>
  fitOut(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** What a screen reader hears, and nobody sees: `{element, say(text)}`; null is not said, nor is what came before it. */
export function voice() {
  const element = make("p", { class: "visually-hidden", role: "status" });
  let waiting = 0;
  const say = (text) => {
    clearTimeout(waiting);
    if (text !== null && text !== element.textContent) waiting = setTimeout(() => (element.textContent = text), QUIET);
  };
  return { element, say };
}
