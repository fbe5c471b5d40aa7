// One step of an LSTM with a single unit, forwards and backwards; mirrors lstm_step_forward and lstm_step_backward.

import { stops } from "./parts.js";
import { renderStep, sigmoid, WIDE } from "./step.js";

/** From pre-activations, the cell before and two upstream gradients, by their symbols, to all other numbers. */
export function lstmStep(given) {
  const { a_i, a_f, a_o, a_g, dh_t, dc_t } = given;
  const before = given["c_t-1"];
  const [i, f, o, g] = [sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), Math.tanh(a_g)];
  const c_t = f * before + i * g;
  const shown = Math.tanh(c_t);
  const through_h = dh_t * o * (1 - shown ** 2);
  const dc = dc_t + through_h;
  const [df, di, dg] = [dc * before, dc * g, dc * i];
  return {
    ...given, i, f, o, g, c_t, h_t: o * shown,
    do: dh_t * shown, dc, df, di, dg, "dc_t-1": dc * f,
    da_i: di * i * (1 - i), da_f: df * f * (1 - f), da_o: dh_t * shown * o * (1 - o), da_g: dg * (1 - g ** 2),
    // Inside the graph.
    kept: f * before, written: i * g, tanh: shown, dtanh: dh_t * o, through_h,
  };
}

export const LSTM = {
  name: "One step of an LSTM",
  compute: lstmStep,
  inputs: {
    a_i: [WIDE, 0], a_f: [WIDE, 0], a_o: [WIDE, 0], a_g: [WIDE, 40],
    "c_t-1": [stops(-2, 2, 0.1), 1], dh_t: [stops(-2, 2, 0.1), 1], dc_t: [stops(-2, 2, 0.1), 0.5],
  },
  forward: {
    i: "σ({a_i})", f: "σ({a_f})", o: "σ({a_o})", g: "tanh({a_g})",
    c_t: "{f} · {c_t-1} + {i} · {g}", h_t: "{o} · tanh({c_t})",
  },
  backward: {
    do: "{dh_t} · tanh({c_t})",
    dc: "{dc_t} + {dh_t} · {o} · (1 − tanh²({c_t}))",
    df: "{dc} · {c_t-1}", di: "{dc} · {g}", dg: "{dc} · {i}", "dc_t-1": "{dc} · {f}",
    da_i: "{di} · {i} · (1 − {i})", da_f: "{df} · {f} · (1 − {f})",
    da_o: "{do} · {o} · (1 − {o})", da_g: "{dg} · (1 − {g}²)",
  },
  outputs: { h_t: "dh_t", c_t: "dc_t" },
  gradients: { da_i: "a_i", da_f: "a_f", da_o: "a_o", da_g: "a_g", "dc_t-1": "c_t-1" },
  presets: {
    "Forget everything": { a_i: -40, a_f: -40 },
    "Write only": { a_i: 40, a_f: -40 },
    "Keep only": { a_i: -40, a_f: 40 },
    Saturated: { a_i: 40, a_f: 40, a_o: 40, a_g: 40 },
  },
  memory: { state: "c", before: "c_t-1", gate: "f", keep: ({ f }) => f, add: ({ i, g }) => i * g },
  said: ["c_t", "h_t", "dc", "da_i", "da_f", "da_o", "da_g"],
  height: 276,
  // Of each node: its label, place, value, gradient, and where its edges lead, with what flows back on them.
  graph: {
    f: ["f", 28, 38, "{f}", "{df}", { kept: "df" }],
    before: ["c_t-1", 28, 104, "{c_t-1}", "{dc_t-1}", { kept: "dc_t-1" }],
    i: ["i", 28, 170, "{i}", "{di}", { written: "di" }],
    g: ["g", 28, 236, "{g}", "{dg}", { written: "dg" }],
    kept: ["×", 108, 71, "{kept}", "{dc}", { c: "dc" }],
    written: ["×", 108, 203, "{written}", "{dc}", { c: "dc" }],
    c: ["+", 186, 137, "{c_t}", "{dc_t} + {through_h}", { tanh: "through_h" }],
    tanh: ["tanh", 262, 137, "{tanh}", "{dtanh}", { h: "dtanh" }],
    o: ["o", 262, 225, "{o}", "{do}", { h: "do" }],
    h: ["×", 330, 181, "{h_t}", "{dh_t}", {}],
  },
};

export const render = (element) => renderStep(element, LSTM);
