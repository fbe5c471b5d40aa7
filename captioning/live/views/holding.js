// Units of a gate are held shut or open, and one reads what is said then.

import { oneAtATime, pageModel } from "./page_model.js";
import { captionsOf, verdictOf } from "./session.js";

const VALUES = { 0: "0, the most open first", 1: "1, the most shut first" };

/** A panel below a gate viewer; `renew(session)` fits it to what was just said. */
export function holdingPanel(ask) {
  const element = make("div", { class: "holding" });
  const spoken = voice();
  const renew = async (session) => {
    const { model } = session.settings;
    const [{ words, steps, text, statements }] = await captionsOf(ask, session, 0);
    const blocks = TABLES.blocks[model];
    const H = steps[0].gates.length / blocks.length;
    const gates = Object.fromEntries(blocks.flatMap((gate, at) => (TABLES.tanhGates.includes(gate) ? [] : [[at, TABLES.gateNames[gate]]])));
    /** The units of a gate, the one that is most open over the sentence first. */
    const order = (gate) => {
      const sums = Array.from({ length: H }, (_, unit) => words.reduce((sum, _, step) => sum + steps[step].gates[gate * H + unit], 0));
      return ENGINE.fallingOrder(sums);
    };
    const [said, alone] = [make("p"), make("p")];
    const chosen = () => ({ gate: Number(held.get("gate")), value: Number(held.get("value")) });
    const sayWith = (units) => captionsOf(ask, { ...session, held: { ...chosen(), units } }, null);
    const answer = oneAtATime(
      async (count) => {
        const { gate, value } = chosen();
        const units = value ? order(gate).reverse() : order(gate);
        return { count, value, gate, now: count ? (await sayWith(units.slice(0, count)))[0] : { text, statements } };
      },
      ({ error, count, value, gate, now, passing }) => {
        const what = count ? `With ${count} of ${H} units of “${gates[gate]}” held at ${value}, it says: ` : "Nothing is held. It says: ";
        said.replaceChildren(...(error ? [error] : [what, make("strong", {}, now.text || "nothing"), verdictOf(now.statements)]));
        spoken.say(passing || !round ? null : said.textContent); // at first the viewer says it
      },
    );
    let round = 0;
    const held = pageModel({ gate: Object.keys(gates)[0], value: "0", count: 0 }, {
      changed: (names) => {
        round += 1; // a trial of each unit that is under way ends
        if (!names.includes("count")) alone.replaceChildren();
        answer(held.get("count"));
      },
    });
    const tryEach = async () => {
      const [now, { gate, value }, tried] = [(round += 1), chosen(), []];
      for (let unit = 0; unit < H && now === round; unit++) {
        alone.textContent = `Unit ${unit + 1} of ${H} …`;
        const [{ text: other }] = await sayWith([unit]);
        if (other !== text) tried.push(unit);
      }
      if (now !== round) return alone.replaceChildren();
      alone.textContent = `Held at ${value} one at a time, ${tried.length} of ${H} units of “${gates[gate]}” change the sentence.`;
      spoken.say(alone.textContent);
    };
    redraw(
      element, make("h4", {}, "Hold units of a gate"),
      make("div", { class: "controls" }, chooser(held, "gate", "Gate", gates), chooser(held, "value", "Held at", VALUES)),
      slider(held, "count", "How many", [0, H, 1]), said,
      make("button", { type: "button", onclick: tryEach }, "Hold each unit by itself"), alone, spoken.element,
    );
    answer(0);
  };
  return { element, renew };
}
