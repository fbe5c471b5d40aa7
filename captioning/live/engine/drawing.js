// Mirrors captioning/scenes/drawing.py, and what it takes from backdrop.py and outlines.py.

import { defaultRng } from "./default_rng.js";
import { Canvas, round } from "./raster.js";

const BACKDROPS = 8;
const kept = new Map(); // the last few backdrops

const mix = (one, other, amount) => one.map((value, i) => round(value + (other[i] - value) * amount));

/** Points, one somewhere in each cell of a grid. */
function scattered(rng, columns, rows, top, bottom) {
  const points = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      points.push([(column + rng.random()) / columns, ((row + rng.random()) / rows) * (bottom - top) + top]);
  return points;
}

/** Where each thing of a scene stands, in unit coordinates with y downwards. */
function places(world, scene, rng) {
  const near = (middle, reach) => middle + reach * (2 * rng.random() - 1);
  const middle = near(0.5, 0.06);
  return scene.things.map((thing, slot) => {
    const side = world.scales[thing.size] * near(1, 0.04);
    const flying = world.kinds[thing.kind].layer === "air";
    let [x, y] = [middle, near(0.9, 0.02)];
    if (flying) y = near(scene.relation === "above" ? 0.26 : 0.32, 0.03) + side / 2;
    if (scene.relation === "alone") x = near(middle, 0.08);
    else if (scene.relation === "left of") x = near([0.26, 0.74][slot], thing.size === "large" ? 0.02 : 0.06);
    else if (scene.relation === "above") x = near(middle, 0.04);
    else if (slot === 0) [x, y] = [middle + rng.choice([-1, 1]) * near(0.13, 0.03), near(0.95, 0.01)];
    else y = near(0.85, 0.01);
    const turn = flying ? near(0, 7) : 0;
    return { x, y, side, flip: rng.random() < 0.5, turn };
  });
}

/**
 * What `variation` decides: whether the land is turned round, the places of things, clouds, drops and flakes.
 *
 * Other places may be put into it before the scene is drawn.
 */
export function chances(world, scene) {
  const rng = defaultRng(scene.variation);
  const heavy = scene.weather !== "cloudy";
  const flip = rng.random() < 0.5;
  const middles = scene.weather === "clear" ? [] : heavy ? [0.05, 0.28, 0.5, 0.74, 0.96] : [0.14, 0.5, 0.86];
  const clouds = middles.map((middle, i) => {
    const jitter = [0, 1, 2].map(() => rng.uniform(-1, 1));
    const y = heavy ? 0.05 : 0.15 + 0.06 * (i % 2);
    const width = (heavy ? 0.2 : 0.15) * (1 + 0.15 * jitter[2]);
    return [middle + 0.06 * jitter[0], y + 0.03 * jitter[1], width];
  });
  const spots = places(world, scene, rng);
  const rain = scene.weather === "rainy" ? scattered(rng, 7, 8, 0.1, 0.98) : [];
  const snow = scene.weather === "snowy" ? scattered(rng, 9, 8, 0.02, 1) : [];
  return { flip, clouds, places: spots, rain, snow: snow.map(([x, y]) => [x, y, 0.006 + 0.007 * rng.random()]) };
}

function backdrop(world, { background, time, weather }, size) {
  const name = `${background} ${time} ${weather} ${size}`;
  if (kept.has(name)) return kept.get(name);
  const canvas = new Canvas(size);
  const overcast = (stop) => mix(stop, world.overcast[weather][time], world.overcastAmount[weather]);
  const stops = weather === "clear" ? world.skies[time] : world.skies[time].map(overcast);
  const heights = [0, 0.34, world.horizon];
  for (let row = 0; row < size; row++) {
    const y = (row + 0.5) / size;
    const i = y < heights[1] ? 0 : 1;
    const between = (value, channel) => ((stops[i + 1][channel] - value) / (heights[i + 1] - heights[i])) * (y - heights[i]);
    const colour = y < heights[2] ? stops[i].map((value, channel) => round(between(value, channel) + value)) : stops[2];
    canvas.polygon([0, y, 1, y], colour);
  }
  for (const stroke of [...(weather === "clear" ? world.lights[time] : []), ...world.lands[background]])
    canvas[stroke.does](stroke.where, stroke.colours[time], stroke.opacity, stroke.width);
  if (kept.size === BACKDROPS) kept.delete(kept.keys().next().value);
  kept.set(name, canvas);
  return canvas;
}

function drawThing(world, canvas, { kind, colour, size }, { x, y, side, flip, turn }, time) {
  const { layer } = world.kinds[kind];
  const oval = (down, rx, ry, ...ink) => canvas.disc([x, y + down * side, rx * side, ry * side], ...ink);
  if (layer === "land") oval(0, 0.5, 0.05, [24, 22, 52], 90);
  else if (layer === "water") {
    oval(0, 0.62, 0.07, [236, 248, 250], 110);
    oval(0.02, 0.5, 0.045, [20, 60, 90], 90);
  }
  const [right, up] = world.lamps[kind] ?? [];
  if (time === "night" && right !== undefined)
    for (const radius of [0.36 * side, 0.24 * side])
      canvas.disc([x + right * side, y - up * side, radius, radius], [255, 236, 160], 70);
  const angle = turn * (Math.PI / 180);
  const [c, s, facing] = [side * Math.cos(angle), side * Math.sin(angle), flip ? -1 : 1];
  // Turned about the middle of the box, then set upright: y points down in the picture.
  const { corners, parts } = world.sprites[kind][size];
  const put = new Float64Array(corners.length);
  for (let i = 0; i < put.length; i += 2) {
    put[i] = corners[i] * facing * c - (corners[i + 1] - 0.5) * facing * s + x;
    put[i + 1] = -corners[i] * s - (corners[i + 1] - 0.5) * c + (y - side / 2);
  }
  parts.forEach(([paint, end], part) => {
    const start = part ? parts[part - 1][1] : 0;
    canvas.polygon(put.subarray(2 * start, 2 * end), world.paints[colour][time][paint]);
  });
}

/**
 * Draw a scene; the same scene is the same picture, whatever was drawn before.
 *
 * @param size pixels of a side
 * @param chance from `chances`, or with other places
 * @returns size * size * 4 bytes: red, green, blue and 255
 */
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
