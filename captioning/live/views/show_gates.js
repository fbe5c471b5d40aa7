// The gate viewer on a page: the notebook's front end, answered by the engine; mirrors captioning/widgets/gate_viewer.py.

import { gatesView } from "./gates_view.js";
import { holdingPanel } from "./holding.js";
import { oneAtATime, pictureModel } from "./page_model.js";

export async function show({ el, settings, ask }) {
  let made = null;
  let picture = null;
  const panel = holdingPanel(ask);
  const work = async (session) => ({ ...(await gatesView(ask, session)), session });
  const view = oneAtATime(work, ({ session, ...shown }) => {
    made.model.put("shown", shown);
    if (session && !shown.passing) panel.renew(session);
  });
  const answer = () => view({ picture, settings: { ...TABLES.traits, model: made.model.get("model") }, prefix: [] });
  const traits = { step: 0, model: TABLES.traits.model, options: { model: TABLES.gated }, ...settings };
  made = await pictureModel(ask, traits, {
    changed: (names) => names.includes("model") && answer(),
    taken(other) {
      picture = other;
      return answer();
    },
  });
  await made.start();
  render({ model: made.model, el });
  el.append(panel.element);
}
