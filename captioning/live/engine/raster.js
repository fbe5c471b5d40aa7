// Mirrors captioning/scenes/backdrop.py, Canvas: what Pillow fills, pixel for pixel. (A browser's own canvas smooths,
// and each browser in its own fashion.) Corners are cut to whole pixels, and borders belong to what is filled.

const { fround } = Math;
const roundOut = (x) => (x >= 0 ? Math.floor(fround(x + 0.5)) : -Math.floor(fround(0.5 - x)));
const roundIn = (x) => (x >= 0 ? Math.ceil(fround(x - 0.5)) : -Math.ceil(fround(-x - 0.5)));

/** Round as Python does: a half to the even neighbour. */
export function round(x) {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below & 1) : Math.round(x);
}

export const packed = ([red, green, blue]) => (red | (green << 8) | (blue << 16) | (255 << 24)) >>> 0;

/** A square picture that is drawn on in the unit square, y downwards. */
export class Canvas {
  constructor(size) {
    this.size = size;
    this.pixels = new Uint32Array(size * size); // each red + green * 2^8 + blue * 2^16 + 255 * 2^24
  }

  copy(flip) {
    const { size } = this;
    const made = new Canvas(size);
    made.pixels.set(this.pixels);
    if (flip) for (let at = 0; at < size * size; at += size) made.pixels.subarray(at, at + size).reverse();
    return made;
  }

  /** Fill a polygon whose corners x, y, x, y, ... are in the unit square. */
  polygon(corners, colour, opacity = 255) {
    this.#fill(Array.from(corners, (at) => Math.trunc(at * this.size)), packed(colour), opacity);
  }

  /** Fill an ellipse around (x, y). */
  disc([x, y, rx, ry], colour, opacity = 255) {
    const ink = packed(colour);
    const [left, top, right, bottom] = [x - rx, y - ry, x + rx, y + ry].map((at) => Math.trunc(at * this.size));
    const [width, height] = [right - left, bottom - top];
    if (width < 0 || height < 0) return;
    // Bresenham's walk along a quarter, in steps of half a pixel: of the next three pixels the nearest to the curve.
    const off = (u, v) => Math.abs(width * width * v * v + height * height * u * u - width * width * height * height);
    let [u, v] = [width, height % 2];
    let reached = -1;
    while (true) {
      if (v !== reached) {
        reached = v;
        for (const sign of v ? [-1, 1] : [1])
          this.#row(left + (width - u) / 2, left + (width + u) / 2, top + (height + sign * v) / 2, ink, opacity);
      }
      if (u === width % 2 && v === height) return;
      let [nextU, nextV] = [u, v + 2];
      if (u > 1) {
        if (off(nextU, nextV) > off(u - 2, v + 2)) nextU = u - 2;
        if (off(nextU, nextV) > off(u - 2, v)) [nextU, nextV] = [u - 2, v];
      }
      [u, v] = [nextU, nextV];
    }
  }

  /** Draw a line through points x, y, x, y, ... */
  line(points, colour, opacity, width) {
    const ink = packed(colour);
    const at = Array.from(points, (value) => Math.trunc(value * this.size));
    const pixels = Math.max(1, round(width * this.size));
    for (let i = 0; i + 3 < at.length; i += 2) {
      const [x0, y0, x1, y1] = at.slice(i, i + 4);
      if (pixels === 1) this.#thin(x0, y0, x1, y1, ink, opacity);
      else this.#thick(x0, y0, x1, y1, pixels, ink, opacity);
    }
    if (pixels === 1) this.#row(at.at(-2), at.at(-2), at.at(-1), ink, opacity);
  }

  #thin(x0, y0, x1, y1, ink, opacity) {
    const [dx, dy] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
    const [sx, sy] = [Math.sign(x1 - x0), Math.sign(y1 - y0)];
    const steep = dy > dx;
    const [long, short] = steep ? [dy, dx] : [dx, dy];
    let error = 2 * short - long;
    for (let n = 0; n < long; n++) {
      this.#row(x0, x0, y0, ink, opacity);
      if (error >= 0) {
        if (steep) x0 += sx;
        else y0 += sy;
        error -= 2 * long;
      }
      if (steep) y0 += sy;
      else x0 += sx;
      error += 2 * short;
    }
  }

  #thick(x0, y0, x1, y1, width, ink, opacity) {
    const [dx, dy] = [x1 - x0, y1 - y0];
    if (!dx && !dy) return this.#row(x0, x0, y0, ink, opacity);
    const length = Math.hypot(dx, dy);
    const [most, least] = [roundOut((width - 1) / 2) / length, roundIn((width - 1) / 2) / length];
    const [left, right] = [roundIn(least * dy), roundIn(most * dy)];
    const [down, up] = [roundIn(most * dx), roundIn(least * dx)];
    const corners = [x0 - left, y0 + down, x1 - left, y1 + down, x1 + right, y1 - up, x0 + right, y0 - up];
    this.#fill(corners, ink, opacity);
  }

  /** Fill a polygon with corners at whole pixels. */
  #fill(corners, ink, opacity) {
    const edges = [];
    for (let i = 0; i < corners.length; i += 2) {
      const [x0, y0] = [corners[i], corners[i + 1]];
      const [x1, y1] = i + 2 < corners.length ? [corners[i + 2], corners[i + 3]] : corners;
      if (i + 2 >= corners.length && x0 === x1 && y0 === y1) continue;
      const slope = y0 === y1 ? 0 : fround((x1 - x0) / (y1 - y0));
      edges.push({ x0, y0, slope, top: Math.min(y0, y1), bottom: Math.max(y0, y1), x1 });
    }
    const first = Math.max(0, Math.min(...edges.map((edge) => edge.top)));
    const last = Math.min(this.size - 1, Math.max(...edges.map((edge) => edge.bottom)));
    const flat = edges.filter((edge) => edge.top === edge.bottom);
    const slanted = edges.filter((edge) => edge.top !== edge.bottom);
    for (let y = first; y <= last; y++) this.#scan(slanted, flat, y, ink, opacity);
  }

  #scan(slanted, flat, y, ink, opacity) {
    const last = Math.max(...slanted.map((edge) => edge.bottom));
    const [crossings, position] = [[], []];
    const crossing = (edge, row) => fround(fround((row - edge.y0) * edge.slope) + edge.x0);
    slanted.forEach((edge, number) => {
      if (y < edge.top || y > edge.bottom) return;
      const x = crossing(edge, y);
      position[number] = crossings.push(x) - 1;
      // Where an edge ends and another begins, both cross.
      if (y === edge.bottom && y < last) return crossings.push(x);
      if (!edge.slope || (y !== edge.top && y !== edge.bottom)) return;
      // A sharp corner reaches to where the row beside it begins.
      const end = (one) => (y === one.y0 ? one.x0 : one.x1);
      const joins = (other) =>
        other.slope * edge.slope > 0 && (y === edge.top ? y === other.top : y === other.bottom) && end(other) === end(edge);
      const k = slanted.findIndex((other, n) => n < number && joins(other));
      if (k < 0) return;
      const beside = y === last ? -1 : 1;
      const reach = [crossing(edge, y + beside), crossing(slanted[k], y + beside)];
      const rightwards = beside * edge.slope > 0;
      crossings[position[k]] = rightwards ? Math.max(x, roundOut(Math.min(...reach)) - 1) : Math.min(x, roundOut(Math.max(...reach)) + 1);
    });
    crossings.sort((a, b) => a - b);
    let from = -Infinity;
    const paint = (left, right) => {
      left = Math.max(left, from);
      if (right < left) return;
      this.#row(left, right, y, ink, opacity);
      from = right + 1;
    };
    for (let i = 1; i < crossings.length; i += 2) paint(roundOut(crossings[i - 1]), roundIn(crossings[i]));
    for (const edge of flat) {
      if (opacity === 255) from = -Infinity;
      if (edge.top === y) paint(Math.min(edge.x0, edge.x1), Math.max(edge.x0, edge.x1));
    }
  }

  /** Fill the pixels of a row from `left` to `right`, both included. */
  #row(left, right, y, ink, opacity) {
    if (y < 0 || y >= this.size) return;
    const start = y * this.size + Math.max(0, left);
    const end = y * this.size + Math.min(this.size - 1, right) + 1;
    if (opacity === 255) {
      if (start < end) this.pixels.fill(ink, start, end);
      return;
    }
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
    const size = this.size / factor;
    const out = new Uint8ClampedArray(size * size * 4);
    const count = factor * factor;
    for (let y = 0, to = 0; y < size; y++)
      for (let x = 0; x < size; x++, to += 4) {
        let [red, green, blue] = [count >> 1, count >> 1, count >> 1];
        for (let row = y * factor; row < (y + 1) * factor; row++)
          for (let at = row * this.size + x * factor, end = at + factor; at < end; at++) {
            const pixel = this.pixels[at];
            red += pixel & 255;
            green += (pixel >>> 8) & 255;
            blue += (pixel >>> 16) & 255;
          }
        out[to] = red / count | 0;
        out[to + 1] = green / count | 0;
        out[to + 2] = blue / count | 0;
        out[to + 3] = 255;
      }
    return out;
  }
}
