// Mirrors captioning/widgets/sampler.py: which session follows from the traits of a sampler, and what is shown of it.

import { oneAtATime } from "./page_model.js";
import { samplerView } from "./session.js";

/** Given a function that returns the model: what to do when settings were set, another picture is there, it was told something. */
export function samplerSession(ask, modelOf) {
  let [picture, prefix] = [null, []];
  const show = (shown) => modelOf().put("shown", shown);
  const view = oneAtATime(({ session, caption }) => samplerView(ask, session, caption), show);
  const answer = (caption = 0) => {
    const model = modelOf();
    model.put("caption", caption);
    const settings = Object.fromEntries(TABLES.settings.map((name) => [name, model.get(name)]));
    return view({ session: { picture, settings, prefix }, caption });
  };
  return {
    changed(names) {
      if (names.some((name) => TABLES.settings.includes(name))) return answer();
      return names.includes("caption") ? answer(modelOf().get("caption")) : null;
    },
    taken(other) {
      [picture, prefix] = [other, []];
      return answer();
    },
    told({ do: what, step, word }) {
      const said = modelOf().get("shown").words.map((one) => one.word);
      prefix = what === "say" ? [...said.slice(0, step), word] : [];
      return answer();
    },
  };
}
