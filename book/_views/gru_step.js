// One step of a GRU with a single unit, forwards and backwards; mirrors gru_step_forward and gru_step_backward.

import { stops } from "./parts.js";
import { renderStep, sigmoid, WIDE } from "./step.js";

/** From pre-activations, the state before and the upstream gradient, by their symbols, to all other numbers. */
export function gruStep(given) {
  const { a_r, a_z, "a^x_n": x, "a^h_n": past, "h_t-1": before, dh_t } = given;
  const [r, z] = [sigmoid(a_r), sigmoid(a_z)];
  const n = Math.tanh(x + r * past);
  const [dn, dz] = [dh_t * (1 - z), dh_t * (before - n)];
  const da_n = dn * (1 - n ** 2);
  const dr = da_n * past;
  return {
    ...given, r, z, n, h_t: (1 - z) * n + z * before,
    dn, dz, "dh_t-1": dh_t * z, da_n, "da^x_n": da_n, dr, "da^h_n": da_n * r,
    da_r: dr * r * (1 - r), da_z: dz * z * (1 - z),
    // Inside the graph.
    reset: r * past, sum: x + r * past, rest: 1 - z, new: (1 - z) * n, old: z * before,
    by_old: dh_t * before, by_new: dh_t * n, back_by_new: -dh_t * n,
  };
}

export const GRU = {
  name: "One step of a GRU",
  compute: gruStep,
  inputs: {
    a_r: [WIDE, 0], a_z: [WIDE, 0], "a^x_n": [WIDE, 0.25], "a^h_n": [WIDE, 0.5],
    "h_t-1": [stops(-2, 2, 0.1), 1], dh_t: [stops(-2, 2, 0.1), 1],
  },
  forward: {
    r: "σ({a_r})", z: "σ({a_z})", n: "tanh({a^x_n} + {r} · {a^h_n})", h_t: "(1 − {z}) · {n} + {z} · {h_t-1}",
  },
  backward: {
    dn: "{dh_t} · (1 − {z})", dz: "{dh_t} · ({h_t-1} − {n})", "dh_t-1": "{dh_t} · {z}",
    "da^x_n": "{dn} · (1 − {n}²)", dr: "{da^x_n} · {a^h_n}", "da^h_n": "{da^x_n} · {r}",
    da_r: "{dr} · {r} · (1 − {r})", da_z: "{dz} · {z} · (1 − {z})",
  },
  outputs: { h_t: "dh_t" },
  gradients: { da_r: "a_r", da_z: "a_z", "da^x_n": "a^x_n", "da^h_n": "a^h_n", "dh_t-1": "h_t-1" },
  presets: {
    "Start afresh": { a_r: -40, a_z: -40 },
    "Write only": { a_r: 40, a_z: -40 },
    "Keep only": { a_z: 40 },
    Saturated: { a_r: 40, a_z: 40, "a^x_n": 40, "a^h_n": 40 },
  },
  memory: { state: "h", before: "h_t-1", gate: "z", keep: ({ z }) => z, add: ({ z, n }) => (1 - z) * n },
  said: ["n", "h_t", "da_r", "da_z", "da^x_n", "da^h_n", "dh_t-1"],
  height: 310,
  // Of each node: its label, place, value, gradient, and where its edges lead, with what flows back on them.
  graph: {
    r: ["r", 26, 38, "{r}", "{dr}", { reset: "dr" }],
    past: ["a^h_n", 26, 104, "{a^h_n}", "{da^h_n}", { reset: "da^h_n" }],
    x: ["a^x_n", 90, 137, "{a^x_n}", "{da^x_n}", { sum: "da^x_n" }],
    reset: ["×", 90, 71, "{reset}", "{da_n}", { sum: "da_n" }],
    sum: ["+", 151, 104, "{sum}", "{da_n}", { n: "da_n" }],
    n: ["tanh", 212, 104, "{n}", "{dn}", { new: "dn" }],
    z: ["z", 90, 215, "{z}", "{by_old} − {by_new}", { rest: "back_by_new", old: "by_old" }],
    rest: ["1 − z", 212, 170, "{rest}", "{by_new}", { new: "by_new" }],
    before: ["h_t-1", 151, 270, "{h_t-1}", "{dh_t-1}", { old: "dh_t-1" }],
    new: ["×", 273, 137, "{new}", "{dh_t}", { h: "dh_t" }],
    old: ["×", 273, 240, "{old}", "{dh_t}", { h: "dh_t" }],
    h: ["+", 332, 190, "{h_t}", "{dh_t}", {}],
  },
};

export const render = (element) => renderStep(element, GRU);
