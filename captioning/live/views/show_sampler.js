// The caption sampler on a page: the notebook's front end, answered by the engine.

import { pictureModel } from "./page_model.js";
import { samplerSession } from "./sampler_session.js";

export async function show({ el, settings, ask }) {
  let made = null;
  const session = samplerSession(ask, () => made.model);
  made = await pictureModel(ask, { ...TABLES.traits, ...settings }, {
    ...session,
    taken(picture) {
      made.model.put("step", 0);
      return session.taken(picture);
    },
  });
  await made.start();
  render({ model: made.model, el });
}
