// Mirrors captioning/scenes/backdrop.py, Canvas: what Pillow fills, pixel for pixel; browsers' own canvases differ.
// Corners are cut to whole pixels, and borders belong to what is filled.

const { fround } = Math;
const roundOut = (x) => (x >= 0 ? Math.floor(fround(x + 0.5)) : -Math.floor(fround(0.5 - x)));
const roundIn = (x) => (x >= 0 ? Math.ceil(fround(x - 0.5)) : -Math.ceil(fround(-x - 0.5)));
const whole = (values, size) => values.map((value) => Math.trunc(value * size));
const pack = ([red, green, blue]) => (red | (green << 8) | (blue << 16) | (255 << 24)) >>> 0;

/** Round as Python does: a half to the even neighbour. */
export function round(x) {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below & 1) : Math.round(x);
}

/** A square picture that is drawn on in the unit square, y downwards; corners and points are x, y, x, y, ... */
export class Canvas {
  constructor(size, pixels = new Uint32Array(size * size)) {
    Object.assign(this, { size, pixels });
  }

  copy(flip) {
    const made = new Canvas(this.size, this.pixels.slice());
    for (let y = 0; flip && y < this.size; y++) made.pixels.subarray(y * this.size, (y + 1) * this.size).reverse();
    return made;
  }

  polygon(corners, colour, opacity = 255) {
    this.#fill(whole(corners, this.size), pack(colour), opacity);
  }

  /** Fill an ellipse, given its middle and its radii. */
  disc([x, y, rx, ry], colour, opacity = 255) {
    const ink = pack(colour);
    const [left, top, right, bottom] = whole([x - rx, y - ry, x + rx, y + ry], this.size);
    const [width, height] = [right - left, bottom - top];
    // Bresenham's walk along a quarter, in steps of half a pixel: of the next three pixels the nearest to the curve.
    const off = ([u, v]) => Math.abs(width * width * v * v + height * height * u * u - width * width * height * height);
    let [u, v, reached] = [width, height % 2, -1];
    while (v <= height) {
      for (const sign of v === reached ? [] : v ? [-1, 1] : [1])
        this.#row(left + (width - u) / 2, left + (width + u) / 2, top + (height + sign * v) / 2, ink, opacity);
      reached = v;
      const next = u > 1 ? [[u, v + 2], [u - 2, v + 2], [u - 2, v]] : [[u, v + 2]];
      [u, v] = next.reduce((best, one) => (off(one) < off(best) ? one : best));
    }
  }

  line(points, colour, opacity, width) {
    const [ink, at] = [pack(colour), whole(points, this.size)];
    const pixels = Math.max(1, round(width * this.size));
    for (let i = 0; i + 3 < at.length; i += 2)
      if (pixels === 1) this.#thin(...at.slice(i, i + 4), ink, opacity);
      else this.#thick(...at.slice(i, i + 4), pixels, ink, opacity);
    if (pixels === 1) this.#row(at.at(-2), at.at(-2), at.at(-1), ink, opacity);
  }

  #thin(x, y, x1, y1, ink, opacity) {
    const [dx, dy, right, down] = [Math.abs(x1 - x), Math.abs(y1 - y), Math.sign(x1 - x), Math.sign(y1 - y)];
    const [long, short] = [Math.max(dx, dy), Math.min(dx, dy)];
    for (let n = 0, error = 2 * short - long; n < long; n++, error += 2 * short) {
      this.#row(x, x, y, ink, opacity);
      const aside = error >= 0;
      if (aside) error -= 2 * long;
      if (dy <= dx || aside) x += right;
      if (dy > dx || aside) y += down;
    }
  }

  #thick(x0, y0, x1, y1, width, ink, opacity) {
    const [dx, dy] = [x1 - x0, y1 - y0];
    if (!dx && !dy) return this.#row(x0, x0, y0, ink, opacity);
    const [most, least] = [roundOut, roundIn].map((rounded) => rounded((width - 1) / 2) / Math.hypot(dx, dy));
    const [left, right, up, down] = [least * dy, most * dy, least * dx, most * dx].map(roundIn);
    this.#fill([x0 - left, y0 + down, x1 - left, y1 + down, x1 + right, y1 - up, x0 + right, y0 - up], ink, opacity);
  }

  /** Fill a polygon with corners at whole pixels. */
  #fill(corners, ink, opacity) {
    const [flat, slanted] = [[], []];
    let [first, last] = [Infinity, -Infinity];
    for (let i = 0; i < corners.length; i += 2) {
      const [x0, y0, x1, y1] = [...corners.slice(i, i + 4), ...corners].slice(0, 4);
      const [slope, top, bottom] = [fround((x1 - x0) / (y1 - y0)), Math.min(y0, y1), Math.max(y0, y1)];
      (top === bottom ? flat : slanted).push({ x0, y0, x1, slope, top, bottom });
      [first, last] = [Math.min(first, top), Math.max(last, bottom)];
    }
    for (let y = Math.max(0, first); y <= Math.min(last, this.size - 1); y++) {
      const crossings = this.#crossings(slanted, y, last);
      let from = -Infinity;
      const paint = (left, right) => {
        if (right < Math.max(left, from)) return;
        this.#row(Math.max(left, from), right, y, ink, opacity);
        from = right + 1;
      };
      for (let i = 1; i < crossings.length; i += 2) paint(roundOut(crossings[i - 1]), roundIn(crossings[i]));
      for (const edge of flat) {
        if (opacity === 255) from = -Infinity;
        if (edge.top === y) paint(Math.min(edge.x0, edge.x1), Math.max(edge.x0, edge.x1));
      }
    }
  }

  /** Where the edges cross a row, from left to right. */
  #crossings(edges, y, last) {
    const [crossings, spot] = [[], []];
    const crossing = (edge, row) => fround(fround((row - edge.y0) * edge.slope) + edge.x0);
    const end = (edge) => (y === edge.y0 ? edge.x0 : edge.x1);
    edges.forEach((edge, number) => {
      if (y < edge.top || y > edge.bottom) return;
      const x = crossing(edge, y);
      spot[number] = crossings.push(x) - 1;
      // Where an edge ends and another begins, both cross.
      if (y === edge.bottom && y < last) return crossings.push(x);
      if (y !== edge.top && y !== edge.bottom) return;
      // A sharp corner reaches to where the row beside it begins.
      const side = y === edge.top ? "top" : "bottom";
      const joins = (other) => other[side] === y && other.slope * edge.slope > 0 && end(other) === end(edge);
      const k = edges.slice(0, number).findIndex(joins);
      if (k < 0) return;
      const beside = y === last ? -1 : 1;
      const [left, right] = [edge, edges[k]].map((one) => crossing(one, y + beside)).sort((a, b) => a - b);
      crossings[spot[k]] = beside * edge.slope > 0 ? Math.max(x, roundOut(left) - 1) : Math.min(x, roundOut(right) + 1);
    });
    return crossings.sort((a, b) => a - b);
  }

  /** Fill the pixels of a row from `left` to `right`, both included. */
  #row(left, right, y, ink, opacity) {
    if (y < 0 || y >= this.size) return;
    const start = y * this.size + Math.max(0, left);
    const end = y * this.size + Math.min(this.size - 1, right) + 1;
    if (opacity === 255) return void (start < end && this.pixels.fill(ink, start, end));
    for (let at = start; at < end; at++) {
      let mixed = 255 << 24;
      for (let shift = 0; shift < 24; shift += 8) {
        const both = ((this.pixels[at] >>> shift) & 255) * (255 - opacity) + ((ink >>> shift) & 255) * opacity + 128;
        mixed |= ((both + (both >> 8)) >> 8) << shift;
      }
      this.pixels[at] = mixed;
    }
  }

  /** The picture at a whole part of its size, each pixel the mean of a square: RGBA, a byte each. */
  reduced(factor) {
    const [size, count] = [this.size / factor, factor * factor];
    const out = new Uint8ClampedArray(size * size * 4).fill(255);
    for (let to = 0; to < out.length; to += 4) {
      const corner = (Math.floor(to / 4 / size) * this.size + ((to / 4) % size)) * factor;
      let red = count >> 1, green = red, blue = red;
      for (let row = 0; row < factor; row++)
        for (let at = corner + row * this.size, end = at + factor; at < end; at++) {
          const pixel = this.pixels[at];
          red += pixel & 255; green += (pixel >>> 8) & 255; blue += (pixel >>> 16) & 255;
        }
      out[to] = (red / count) | 0; out[to + 1] = (green / count) | 0; out[to + 2] = (blue / count) | 0;
    }
    return out;
  }
}
