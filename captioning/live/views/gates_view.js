// Mirrors captioning/widgets/gates.py: what the gates did while a caption was said, as it is shown.

import { number, percent } from "./numbers.js";
import { captionsOf } from "./session.js";

const [OPEN, SHUT] = [0.9, 0.1];

/** Of values, a list for each step: a heat map of bytes in base64, a row for each unit, by its mean. */
function mapOf(values, isTanh) {
  const means = Float32Array.from(values[0], (_, unit) => values.reduce((sum, step) => sum + step[unit], 0) / values.length);
  const shares = ENGINE.fallingOrder(means).flatMap((unit) => values.map((step) => (isTanh ? (step[unit] + 1) / 2 : step[unit])));
  return btoa(String.fromCharCode(...shares.map((share) => ENGINE.round(255 * share))));
}

function gateView(gate, values) {
  const signed = TABLES.tanhGates.includes(gate);
  const sizes = signed ? values.map((step) => step.map(Math.abs)) : values;
  const mean = (step) => step.reduce((sum, value) => sum + value, 0) / step.length;
  const share = (step, isSo) => percent(step.filter(isSo).length / step.length);
  const name = TABLES.gateNames[gate];
  return {
    name: signed ? `|${name}|` : name,
    title: name,
    signed,
    units: values[0].length,
    map: mapOf(values, signed),
    means: sizes.map((step) => number(mean(step))),
    numbers: sizes.map((step) => ({
      mean: number(mean(step)),
      least: number(Math.min(...step)),
      most: number(Math.max(...step)),
      open: share(step, (value) => value > OPEN),
      shut: share(step, (value) => value < SHUT),
    })),
  };
}

/** What is shown of the gates over the first caption of a session. */
export async function gatesView(ask, session) {
  const [said] = await captionsOf(ask, session, 0);
  const steps = said.steps.slice(0, said.words.length);
  const blocks = TABLES.blocks[session.settings.model];
  const H = steps[0].gates.length / blocks.length;
  return {
    caption: said.words.filter((word) => word !== "<END>").join(" "),
    words: said.words,
    read: ["<START>", ...said.words.slice(0, -1)],
    gates: blocks.map((gate, at) => gateView(gate, steps.map(({ gates }) => gates.slice(at * H, (at + 1) * H)))),
    whose: TABLES.whose,
  };
}
