// Where things may be that are moved by hand: the room of captioning/scenes/drawing.py, `places`, and its relations.

import { canStand } from "./reading.js";

const within = (value, [least, most]) => Math.min(most, Math.max(least, value));
const spanOf = ({ room: { margin } }) => [margin, 1 - margin];

/** How far apart the middles of two things are at least that stand side by side. */
const gapOf = ({ scales, room }, things) =>
  Math.max(room.leastGap, (room.apart * (scales[things[0].size] + scales[things[1].size])) / 2);

/** How things stand to each other, and in which order the relation names them. */
function relationOf(world, things, anywhere) {
  if (things.length === 1) return ["alone", [0]];
  const flying = things.map(({ kind }) => world.kinds[kind].layer === "air");
  const across = Math.abs(things[0].x - things[1].x);
  const byPlace = ["left of", things[0].x <= things[1].x ? [0, 1] : [1, 0]];
  if (flying[0] !== flying[1]) {
    const isAbove = !anywhere || across <= world.room.shifts.above[1];
    return isAbove ? ["above", flying[0] ? [0, 1] : [1, 0]] : byPlace;
  }
  const near = across < (world.room.shifts["in front of"][1] + gapOf(world, things)) / 2;
  // What is moved to the border goes past, also where the other one stands close to it.
  const isAtBorder = !anywhere && things.some(({ x }) => x !== within(x, spanOf(world)));
  if (flying[0] || !near || isAtBorder) return byPlace;
  if (anywhere) return ["in front of", things[0].y >= things[1].y ? [0, 1] : [1, 0]];
  // What stands in front is small and what stands behind is large and tall, so that both can be seen.
  const order = [[0, 1], [1, 0]].find(
    ([front, behind]) =>
      things[front].size === "small" && things[behind].size === "large" &&
      canStand("in front of", things[front].kind, things[behind].kind),
  );
  return order ? ["in front of", order] : byPlace;
}

/** How far to the right each thing is; the one that was moved gives way to the other, unless there is no room. */
function columnsOf(world, things, relation, order, moved) {
  const { shifts } = world.room;
  const span = spanOf(world);
  const xs = things.map(({ x }) => within(x, span));
  if (relation === "alone") return xs;
  const other = xs[1 - moved];
  const isOut = (x) => x !== within(x, span);
  const shift = Math.abs(xs[moved] - other);
  if (relation === "left of") {
    const side = order[0] === moved ? -1 : 1;
    xs[moved] = other + side * Math.max(shift, gapOf(world, things));
    if (isOut(xs[moved])) {
      xs[moved] = side < 0 ? span[0] : span[1];
      xs[1 - moved] = xs[moved] - side * Math.max(gapOf(world, things), Math.abs(xs[moved] - other));
    }
    return xs;
  }
  const side = things[moved].x < things[1 - moved].x ? -1 : 1;
  const apart = within(shift, shifts[relation]);
  xs[moved] = isOut(other + side * apart) ? other - side * apart : other + side * apart;
  return xs;
}

/**
 * Let things stand where they are wished, `{kind, colour, size, x, y}` with y the foot, as near as training pictures have
 * them, or, `anywhere`, exactly there. Gives `{things, relation, order}`: where they are, and the order of the scene.
 */
export function settled(world, things, moved, anywhere) {
  const [relation, order] = relationOf(world, things, anywhere);
  if (anywhere) return { things, relation, order };
  const { flyerHeights, ground, depths } = world.room;
  const xs = columnsOf(world, things, relation, order, moved);
  const placed = things.map((thing, at) => {
    const half = world.scales[thing.size] / 2;
    const flying = world.kinds[thing.kind].layer === "air";
    const heights = relation === "in front of" ? depths[order.indexOf(at)] : ground;
    const y = flying ? within(thing.y - half, flyerHeights[relation]) + half : within(thing.y, heights);
    return { ...thing, x: xs[at], y };
  });
  return { things: placed, relation, order };
}

/** The kinds that live by a background and are out in such weather, without that of the other thing. */
export const kindsOf = ({ kinds }, { background, weather }, other) =>
  Object.keys(kinds).filter(
    (kind) => kinds[kind].places.includes(background) && !(kinds[kind].fair_weather && TABLES.wet.includes(weather)) && kind !== other,
  );

/** Put things that live there in the place of those that do not: the things, and a sentence for each that went. */
export function moveIn(world, scene, things) {
  const [kept, notes] = [[], []];
  things.forEach((thing, at) => {
    const others = [...kept, ...things.slice(at + 1)].map(({ kind }) => kind);
    const offered = kindsOf(world, scene).filter((kind) => !others.includes(kind));
    const { layer, tall } = world.kinds[thing.kind];
    const flies = (one) => one === "air";
    const alike = (kind) => 2 * (flies(world.kinds[kind].layer) === flies(layer)) + (world.kinds[kind].tall === tall);
    const kind = offered.includes(thing.kind) ? thing.kind : offered.sort((a, b) => alike(b) - alike(a))[0];
    if (kind !== thing.kind) notes.push(`No ${thing.kind} is out there, so there is a ${kind} instead.`);
    kept.push({ ...thing, kind });
  });
  return { things: kept, notes };
}
