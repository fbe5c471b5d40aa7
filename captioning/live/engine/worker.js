// What a worker answers: questions about a scene, asked by page.js.

const data = {}; // by the names of the files
let seen = { of: null }; // the picture that was encoded last, and its features

/** Keep the content of a file: the world, VGG16 ready to run, or a captioner. */
async function load({ name, text }) {
  const content = await unpacked(text);
  data[name] = name === "world" ? content : name === "vgg16" ? vgg16Prepare(content.arrays) : new Captioner(content);
}

const drawn = ({ scene, size, chance }) => draw(data.world, scene, size, chance);

/** The standardised features of a scene, or of a picture of RGBA bytes, unless they are given. */
function featuresOf(question) {
  if (question.features) return Float32Array.from(question.features);
  const { layer } = data[question.model];
  const picture = question.picture ?? drawn({ ...question, size: data.vgg16.imageSize });
  const of = `${layer} ${picture}`;
  if (seen.of !== of) seen = { of, features: vgg16Forward(data.vgg16, picture, layer) };
  return data[question.model].standardized(seen.features);
}

/** Captions of a scene, or of a picture of RGBA bytes; of a scene each is judged. */
function caption(question) {
  const { model, scene, decoding = "greedy", options = {}, seed = 0, count = 1 } = question;
  const captioner = data[model];
  const features = featuresOf(question);
  const said = {
    greedy: () => [greedyDecode(captioner, features, options)],
    sample: () => sampleDecode(captioner, features, defaultRng(seed), count, options),
    beam: () => beamSearch(captioner, features, options).beams,
  }[decoding]();
  return said.map((one) => {
    const text = captioner.text(one.words);
    return { ...one, text, statements: scene ? truth(data.world, text, scene) : null };
  });
}

const answers = {
  load,
  draw: drawn,
  chances: ({ scene }) => chances(data.world, scene),
  features: featuresOf,
  caption,
  truth: (question) => truth(data.world, question.caption, question.scene),
  replay: (question) => replay(data[question.model], featuresOf(question), question.words),
};

/** Answer a question `{do, ...}`. */
export const answer = async (question) => answers[question.do](question);

/** Answer what is asked of a worker; each answer bears the number of its question. */
export function serve(scope) {
  scope.onmessage = async ({ data: { id, question } }) => {
    try {
      scope.postMessage({ id, answer: await answer(question) });
    } catch (error) {
      scope.postMessage({ id, error: String(error) });
    }
  };
}
