// Mirrors captioning/scenes/drawing.py, and what it takes from backdrop.py and outlines.py.

import { defaultRng } from "./default_rng.js";
import { Canvas, round } from "./raster.js";

const backdrops = new Map(); // the last few

/** Points, one somewhere in each cell of a grid. */
const scattered = (rng, columns, rows, top, bottom) =>
  Array.from({ length: columns * rows }, (_, cell) => {
    const x = ((cell % columns) + rng.random()) / columns;
    return [x, ((Math.floor(cell / columns) + rng.random()) / rows) * (bottom - top) + top];
  });

/** Where each thing of a scene stands, in unit coordinates with y downwards. */
function places(world, scene, rng) {
  const { flyerHeights, ground, depths } = world.room;
  const sides = scene.things.map(({ size }) => world.scales[size] * rng.uniform(0.96, 1.04));
  const xs = columns(world.room, scene.relation, sides, rng);
  return scene.things.map(({ kind }, slot) => {
    const [side, flying] = [sides[slot], world.kinds[kind].layer === "air"];
    const heights = flying ? flyerHeights[scene.relation] : scene.relation === "in front of" ? depths[slot] : ground;
    const y = rng.uniform(...heights) + (flying ? side / 2 : 0);
    return { x: xs[slot], y, side, turn: flying ? rng.uniform(-7, 7) : 0, flip: rng.random() < 0.5 };
  });
}

/** How far to the right each thing is, between the margins. */
function columns({ margin, leastGap, apart, shifts }, relation, sides, rng) {
  const [left, right] = [margin, 1 - margin];
  if (relation === "left of") {
    const least = Math.max(leastGap, (apart * (sides[0] + sides[1])) / 2);
    const [near, far] = [0, 1].map(() => rng.uniform(left, right - least)).sort((a, b) => a - b);
    return [near, far + least];
  }
  const x = rng.uniform(left, right);
  if (relation === "alone") return [x];
  const shift = (rng.random() < 0.5 ? 1 : -1) * rng.uniform(...shifts[relation]);
  return [left <= x + shift && x + shift <= right ? x + shift : x - shift, x];
}

/** What `variation` decides: whether the land is turned round, places, clouds, drops and flakes. */
export function chances(world, scene) {
  const [rng, heavy] = [defaultRng(scene.variation), scene.weather !== "cloudy"];
  const flip = rng.random() < 0.5;
  const middles = scene.weather === "clear" ? [] : heavy ? [0.05, 0.28, 0.5, 0.74, 0.96] : [0.14, 0.5, 0.86];
  const clouds = middles.map((middle, i) => {
    const [right, down, wider] = [0, 1, 2].map(() => rng.uniform(-1, 1));
    const y = heavy ? 0.05 : 0.15 + 0.06 * (i % 2);
    return [middle + 0.06 * right, y + 0.03 * down, (heavy ? 0.2 : 0.15) * (1 + 0.15 * wider)];
  });
  const spots = places(world, scene, rng);
  const rain = scene.weather === "rainy" ? scattered(rng, 7, 8, 0.1, 0.98) : [];
  const snow = scene.weather === "snowy" ? scattered(rng, 9, 8, 0.02, 1) : [];
  return { flip, clouds, places: spots, rain, snow: snow.map(([x, y]) => [x, y, 0.006 + 0.007 * rng.random()]) };
}

function backdrop(world, { background, time, weather }, size) {
  const name = `${background} ${time} ${weather} ${size}`;
  if (backdrops.has(name)) return backdrops.get(name);
  const canvas = new Canvas(size);
  const [stops, heights] = [world.skies[weather][time], [0, 0.34, world.horizon]];
  for (let row = 0; row < size; row++) {
    const y = (row + 0.5) / size;
    const i = y < heights[1] ? 0 : 1;
    const slope = (value, channel) => (stops[i + 1][channel] - value) / (heights[i + 1] - heights[i]);
    const sky = stops[i].map((value, channel) => round(slope(value, channel) * (y - heights[i]) + value));
    canvas.polygon([0, y, 1, y], y < heights[2] ? sky : stops[2]);
  }
  for (const stroke of [...(weather === "clear" ? world.lights[time] : []), ...world.lands[background]])
    canvas[stroke.does](stroke.where, stroke.colours[time], stroke.opacity, stroke.width);
  if (backdrops.size === 8) backdrops.delete(backdrops.keys().next().value);
  backdrops.set(name, canvas);
  return canvas;
}

function drawThing(world, canvas, { kind, colour, size }, { x, y, side, flip, turn }, time) {
  const oval = (down, rx, ry, ...ink) => canvas.disc([x, y + down * side, rx * side, ry * side], ...ink);
  const [{ layer }, lamp] = [world.kinds[kind], time === "night" ? world.lamps[kind] : null];
  if (layer === "land") oval(0, 0.5, 0.05, [24, 22, 52], 90);
  if (layer === "water") oval(0, 0.62, 0.07, [236, 248, 250], 110);
  if (layer === "water") oval(0.02, 0.5, 0.045, [20, 60, 90], 90);
  for (const radius of lamp ? [0.36 * side, 0.24 * side] : [])
    canvas.disc([x + lamp[0] * side, y - lamp[1] * side, radius, radius], [255, 236, 160], 70);
  const [c, s] = [Math.cos, Math.sin].map((of) => side * of(turn * (Math.PI / 180)));
  const facing = flip ? -1 : 1;
  // Turned about the middle of the box, then set upright: y points down in the picture.
  const across = (u, v) => u * facing * c - (v - 0.5) * facing * s + x;
  const down = (u, v) => -u * s - (v - 0.5) * c + (y - side / 2);
  for (const [paint, at] of world.sprites[kind][size]) {
    const corners = at.map((value, i) => (i % 2 ? down(at[i - 1], value) : across(value, at[i + 1])));
    canvas.polygon(corners, world.paints[colour][time][paint]);
  }
}

/** Draw a scene with `size` pixels a side: RGBA bytes. What `chances` gave, such as places, may be changed before. */
export function draw(world, scene, size = world.imageSize, chance = chances(world, scene)) {
  const canvas = backdrop(world, scene, world.supersampling * size).copy(chance.flip);
  const { time, weather } = scene;
  if (weather === "rainy" || weather === "snowy")
    canvas.polygon([0, 0, 1, 0, 1, 0.06, 0, 0.06], world.clouds[weather][time]);
  for (const [x, y, width] of chance.clouds)
    for (const [dx, dy, rx, ry] of world.cloud)
      canvas.disc([x + dx * width, y + dy * width, rx * width, ry * width], world.clouds[weather][time]);
  // From back to front: things[0] is never behind things[1].
  for (let slot = scene.things.length - 1; slot >= 0; slot--)
    drawThing(world, canvas, scene.things[slot], chance.places[slot], time);
  for (const [x, y] of chance.rain) canvas.line([x, y, x - 0.022, y + 0.075], [206, 226, 246], 190, 0.008);
  for (const [x, y, radius] of chance.snow) canvas.disc([x, y, radius, radius], [255, 255, 255]);
  return canvas.reduced(world.supersampling);
}
