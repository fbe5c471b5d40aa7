// What a worker answers: questions about a scene, asked by page.js.

import { Captioner } from "./captioner.js";
import { unpacked } from "./data.js";
import { beamSearch, greedyDecode, replay, sampleDecode } from "./decoding.js";
import { defaultRng } from "./default_rng.js";
import { draw } from "./drawing.js";
import { truth } from "./truth.js";
import { vgg16Forward } from "./vgg16.js";

const data = {}; // by the names of the files
let seen = {}; // what VGG16 saw last, and made of it

/** The standardised features of a scene, or of a picture of RGBA bytes, unless they are given. */
function features({ model, scene, chance, picture, features: given }) {
  if (given) return Float32Array.from(given);
  const [{ layer }, image] = [data[model], picture ?? draw(data.world, scene, data.vgg16.imageSize, chance)];
  if (seen.layer !== layer || !image.every((byte, at) => byte === seen.image[at]))
    seen = { layer, image, output: vgg16Forward(data.vgg16.arrays, image, layer) };
  return data[model].standardized(seen.output);
}

function decoded(model, seeing, { decoding = "greedy", options, seed = 0, count = 1 }) {
  if (decoding === "beam") return beamSearch(model, seeing, options).beams;
  if (decoding === "sample") return sampleDecode(model, seeing, defaultRng(seed), count, options);
  return [greedyDecode(model, seeing, options)];
}

const answers = {
  /** Keep the content of a file: the world, VGG16, or a captioner. */
  load: ({ name, text }) =>
    unpacked(text).then((content) => void (data[name] = content.cell ? new Captioner(content) : content)),
  world: () => data.world,
  vocabulary: ({ model }) => data[model].idxToWord,
  draw: ({ scene, size, chance }) => draw(data.world, scene, size, chance),
  features,
  /** Captions, the best first; of a scene each is judged, and the one of the number `inside` is replayed. */
  caption(question) {
    const [model, seeing] = [data[question.model].holding(question.held), features(question)];
    return decoded(model, seeing, question).map((said, at) => {
      const text = model.text(said.words);
      const statements = question.scene ? truth(data.world, text, question.scene) : null;
      return { ...said, text, statements, steps: at === question.inside ? replay(model, seeing, said.words) : null };
    });
  },
  search: (question) => beamSearch(data[question.model], features(question), question.options),
  replay: (question) => replay(data[question.model], features(question), question.words),
  truth: ({ caption, scene }) => truth(data.world, caption, scene),
};

/** Answer a question, `{do, ...}`. */
export const answer = async (question) => answers[question.do](question);

/** Answer what is asked of a worker; each answer bears the number of its question. */
export function serve(scope) {
  scope.onmessage = async ({ data: { id, question } }) =>
    scope.postMessage(await answer(question).then((said) => ({ id, said }), (error) => ({ id, error: String(error) })));
}
