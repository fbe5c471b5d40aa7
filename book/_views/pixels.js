// Pixels and small tables of numbers on the page.

import { make } from "../../captioning/widgets/static/elements.js";

/**
 * A square of grey pixels with frames over it, that follows the pointer: `{element, show}`.
 *
 * `move(across, down)` hears where the pointer is, as shares of the sides. `show(values, side, ...frames)` takes values
 * from 0 to 1, null for what is not known yet, and frames as [row, column, rows], the second one dashed.
 */
export function surface(label, move) {
  const canvas = make("canvas", { role: "img", "aria-label": label });
  const frames = ["view-frame", "view-frame dashed"].map((kind) => make("div", { class: kind, hidden: true }));
  const square = make("div", { class: "view-square" }, canvas, ...frames);
  const follow = (event) => {
    if (!event.buttons) return;
    const { left, top, width, height } = square.getBoundingClientRect();
    move((event.clientX - left) / width, (event.clientY - top) / height);
  };
  square.addEventListener("pointerdown", (event) => {
    square.setPointerCapture(event.pointerId);
    event.preventDefault();
    follow(event);
  });
  square.addEventListener("pointermove", follow);

  const show = (values, side, ...places) => {
    [canvas.width, canvas.height] = [side, side];
    const image = new ImageData(side, side);
    values.forEach((value, n) => image.data.set(value === null ? [0, 0, 0, 0] : [...Array(3).fill(255 * value), 255], 4 * n));
    canvas.getContext("2d").putImageData(image, 0, 0);
    frames.forEach((frame, n) => {
      frame.hidden = !places[n];
      if (!places[n]) return;
      const [top, left, rows] = places[n].map((pixels) => `${(100 * pixels) / side}%`);
      Object.assign(frame.style, { top, left, width: rows, height: rows });
    });
  };
  return { element: make("div", {}, make("p", { class: "view-title" }, label), square), show };
}

/** A table of so many rows and columns under a caption: `{element, cells}`, the cells row by row. */
export function grid(caption, side) {
  const cells = Array.from({ length: side ** 2 }, () => make("td"));
  const rows = Array.from({ length: side }, (_, n) => make("tr", {}, ...cells.slice(n * side, (n + 1) * side)));
  return { element: make("table", { class: "view-grid" }, make("caption", {}, caption), make("tbody", {}, ...rows)), cells };
}
