// What a notebook's model is to the front ends, on a page: traits and messages, answered here; see
// captioning/widgets/picture_widget.py.

import { Complaint, readScene, sceneInWords } from "./reading.js";
import { needed } from "./session.js";

const OWN = -1; // the number of a picture that is not in the gallery

/** A model with the five methods that the front ends use, and `put`, which sets a trait as a kernel does. */
export function pageModel(values, { changed, received }) {
  const [listeners, set] = [{}, []];
  const put = (name, value) => {
    values[name] = value;
    listeners[`change:${name}`]?.forEach((listener) => listener());
  };
  return {
    get: (name) => values[name],
    set: (name, value) => {
      if (values[name] === value) return;
      set.push(name);
      put(name, value);
    },
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    save_changes: () => changed(set.splice(0)),
    send: (message, _, content) => received(message, content),
    put,
  };
}

/** Let `work` answer one question at a time; of those that come meanwhile, only the last waits. */
export function oneAtATime(work, show) {
  let [busy, next] = [null, null];
  const run = async () => {
    while (next !== null) {
      const question = next;
      next = null;
      const answer = await work(question).catch((error) => ({ error: `It stopped: ${error.message}.` }));
      show({ ...answer, passing: next !== null }); // while a thing is dragged, answers pass by
    }
    busy = null;
  };
  return (question) => {
    next = question;
    return (busy ??= run());
  };
}

/** A picture of RGBA bytes as the text that `src` of an `img` takes. */
function asDataUrl(pixels) {
  const side = Math.sqrt(pixels.length / 4);
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  canvas.getContext("2d").putImageData(new ImageData(pixels, side, side), 0, 0);
  return canvas.toDataURL();
}

/** The square in the middle of a photo, on white, with so many pixels a side: a canvas. */
function squareOf(photo, size) {
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = Object.assign(canvas.getContext("2d"), { fillStyle: "#fff", imageSmoothingQuality: "high" });
  const side = Math.min(photo.width, photo.height);
  context.fillRect(0, 0, size, size);
  context.drawImage(photo, (photo.width - side) / 2, (photo.height - side) / 2, side, side, 0, 0, size, size);
  return canvas;
}

async function pictureOfPhoto(name, content) {
  if (!content?.byteLength) throw new Complaint(`${name} is empty. Choose a JPEG or PNG file.`);
  const photo = await createImageBitmap(new Blob([content])).catch(() => {
    throw new Complaint(`${name} is not a picture that this browser can open. Choose a JPEG or PNG file.`);
  });
  const { data } = squareOf(photo, TABLES.imageSize).getContext("2d").getImageData(0, 0, TABLES.imageSize, TABLES.imageSize);
  return { pixels: data, src: squareOf(photo, TABLES.shown).toDataURL(), name: `your photo ${name}`, notes: [], scene: null };
}

/** A capital letter, unless a sentence begins with the name of a file. */
const sentence = (text) => (/^\p{L}+ /u.test(text) ? text[0].toUpperCase() + text.slice(1) : text);

/**
 * The model of a front end about one picture. `traits` are those that it has beyond a picture; `changed(names)` answers
 * when some were set, `taken(picture)` when there is another picture, `told(message)` when there is a message.
 */
export async function pictureModel(ask, traits, { changed, taken, told = () => {} }) {
  const world = await ask({ do: "world" }, ...needed(traits)); // all that the first answer needs, side by side
  const ofScene = (scene, notes = []) =>
    ({ scene, src: asDataUrl(ENGINE.draw(world, scene, TABLES.shown)), name: sceneInWords(scene), notes });
  const take = ({ src, name, notes, ...picture }) => {
    model.put("complaint", {});
    model.put("shown_picture", { src, name, notes });
    return taken(picture);
  };
  const received = async (message, content) => {
    try {
      if (message.do !== "words" && message.do !== "photo") return told(message);
      const read = message.do === "words" ? readScene(message.text) : null;
      const picture = read ? ofScene(read.scene, read.notes) : await pictureOfPhoto(message.name, content[0]);
      model.put("scene", OWN);
      take(picture);
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      model.put("complaint", { about: message.do, text: sentence(error.message) });
    }
  };
  const values = {
    ...traits,
    silence: "There is no answer yet; this computer is slow, or busy.",
    gallery: TABLES.gallery.map((scene) => ({ src: asDataUrl(ENGINE.draw(world, scene, TABLES.thumbnail)), name: sceneInWords(scene) })),
    vocabulary: TABLES.vocabulary,
    max_upload: Infinity,
    scene: 0,
    complaint: {},
  };
  const start = () => take(ofScene(TABLES.gallery[model.get("scene")]));
  const model = pageModel(values, { changed: (names) => (names.includes("scene") ? start() : changed(names)), received });
  return { model, start };
}
