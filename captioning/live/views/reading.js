// Mirrors captioning/scenes/words.py: from a sentence in one's own words to a scene, and from a scene to a sentence.

/** What is wrong with a sentence, in a sentence. */
export class Complaint extends Error {}

const listed = (words, last = "and") => {
  const quoted = [...new Set(words)].map((word) => `“${word}”`);
  return [quoted.slice(0, -1).join(", "), quoted.at(-1)].filter(Boolean).join(` ${last} `);
};

/** How alike two words are, as Python's difflib finds it: twice the letters in common blocks, of all letters. */
function likeness(a, b) {
  const common = (aFrom, aTo, bFrom, bTo) => {
    let [length, i, j] = [0, aFrom, bFrom];
    for (let x = aFrom; x < aTo; x++)
      for (let y = bFrom; y < bTo; y++) {
        let n = 0;
        while (x + n < aTo && y + n < bTo && a[x + n] === b[y + n]) n++;
        if (n > length) [length, i, j] = [n, x, y];
      }
    return length && length + common(aFrom, i, bFrom, j) + common(i + length, aTo, j + length, bTo);
  };
  return (2 * common(0, a.length, 0, b.length)) / (a.length + b.length);
}

function notUnderstood(unknown) {
  const { nouns, colours, sizes, shortSettings } = TABLES.reading;
  const known = [nouns, colours, sizes, shortSettings].flatMap(Object.keys);
  const near = unknown.flatMap((word) => {
    const close = known.map((one) => [likeness(one, word), one]).filter(([score]) => score >= 0.75);
    return close.sort(([a, one], [b, other]) => b - a || (one < other ? 1 : -1)).slice(0, 1).map(([, one]) => one);
  });
  const hint = near.length ? `Did you mean ${listed(near)}? ` : "";
  return new Complaint(
    `no scene has ${listed(unknown, "or")}. ${hint}There are the things ` +
      `${Object.keys(TABLES.kinds).join(", ")}, in the colours ${TABLES.colours.join(", ")}.`,
  );
}

/** Split words into phrases that a table knows, each as long as can be. */
function phrasesIn(words) {
  const { settings, pronouns, relations, nouns, colours, sizes, verbs, fillers, longest } = TABLES.reading;
  const known = new Set([...[settings, pronouns, relations, nouns, colours, sizes].flatMap(Object.keys), ...verbs, ...fillers, "alone"]);
  const [found, unknown] = [[], []];
  for (let at = 0, length; at < words.length; at += length) {
    const phrase = (n) => words.slice(at, at + n).join(" ");
    for (length = Math.min(longest, words.length - at); length > 1 && !known.has(phrase(length)); ) length--;
    (known.has(phrase(length)) ? found : unknown).push(phrase(length));
  }
  if (unknown.length) throw notUnderstood(unknown);
  return found;
}

/** What was read so far. */
class Reader {
  constructor() {
    Object.assign(this, { things: [], adjectives: {}, settings: {}, relation: null, alone: false });
  }

  read(phrase) {
    const { settings, pronouns, relations, nouns, colours, sizes } = TABLES.reading;
    if (phrase in settings) for (const [name, value] of Object.entries(settings[phrase])) this.settle(this.settings, name, value);
    else if (phrase in pronouns) this.relate(TABLES.inverses[pronouns[phrase]]);
    else if (phrase in relations) {
      if (!this.things.length) throw new Complaint(`“${phrase}” stands between two things; name one before it.`);
      this.relate(relations[phrase]);
    } else if (phrase in nouns) {
      this.things.push({ kind: nouns[phrase], said: this.adjectives });
      this.adjectives = {};
    } else if (phrase in colours) this.settle(this.adjectives, "colour", colours[phrase]);
    else if (phrase in sizes) this.settle(this.adjectives, "size", sizes[phrase]);
    else if (phrase === "alone") this.alone = true;
  }

  settle(what, name, value) {
    what[name] ??= value;
    if (what[name] !== value) throw new Complaint(`the ${name} is both “${what[name]}” and “${value}”. Say one of them.`);
  }

  relate(relation) {
    if (this.relation !== null) throw new Complaint("there are two relations, and a scene has one. Leave one out.");
    this.relation = relation;
  }

  /** Make the scene of what was read; fill in what was left open, and say so. */
  finish(variation) {
    this.refuse();
    const relation = this.order();
    const places = this.things.map(({ kind }) => TABLES.kinds[kind].places);
    const shared = places[0].filter((place) => places.every((others) => others.includes(place)));
    const usual = { background: (shared.length ? shared : places[0])[0], time: "day", weather: "clear" };
    const filled = Object.keys(usual).filter((name) => !(name in this.settings)).map((name) => `${name} ${usual[name]}`);
    const things = this.things.map(({ kind, said }, slot) => {
      const look = { size: relation === "in front of" ? ["small", "large"][slot] : "large", colour: ["red", "white"][slot] };
      const missing = Object.keys(look).filter((name) => !(name in said)).map((name) => look[name]);
      if (missing.length) filled.push(`${kind} ${missing.join(" and ")}`);
      return { kind, colour: look.colour, size: look.size, ...said };
    });
    const notes = filled.length ? [`You left open, and it was filled in: ${filled.join(", ")}.`] : [];
    const scene = { things, relation, ...usual, ...this.settings, variation };
    return { scene, notes: [...notes, ...strange(scene)] };
  }

  refuse() {
    const names = this.things.map(({ kind }) => kind);
    const adjectives = Object.values(this.adjectives);
    if (adjectives.length) throw new Complaint(`${listed(adjectives)} belongs to no thing. Name the thing behind it.`);
    if (!names.length) throw new Complaint(`there is no thing in it. Name one or two of: ${Object.keys(TABLES.kinds).join(", ")}.`);
    if (names.length > 2)
      throw new Complaint(`there are ${names.length} things (${names.join(", ")}); a scene has one or two. Leave some out.`);
    if (new Set(names).size < names.length)
      throw new Complaint(`there are two things of the kind ${names[0]}; the two of a scene are of two kinds.`);
    if (this.relation && names.length < 2)
      throw new Complaint(`“${this.relation}” stands between two things, and there is one: ${names[0]}.`);
    if (this.alone && names.length > 1)
      throw new Complaint(`the ${names[0]} is not alone, there is the ${names[1]} too. Leave one out.`);
  }

  /** Put the things in the order of a scene, and return its relation. */
  order() {
    if (this.things.length === 1) return "alone";
    const [one, other] = this.things.map(({ kind }) => TABLES.kinds[kind].layer === "air");
    this.relation ??= one === other ? "left of" : one ? "above" : "below";
    if (!TABLES.relations.includes(this.relation)) {
      this.things.reverse();
      this.relation = TABLES.inverses[this.relation];
    }
    const [first, second] = this.things.map(({ kind }) => kind);
    if (this.relation === "left of" || canStand(this.relation, first, second)) return this.relation;
    const tall = Object.keys(TABLES.kinds).filter((kind) => TABLES.kinds[kind].tall).join(", ");
    const why = {
      above: "what is above flies, and what is below does not",
      "in front of": `both stand on land or both on water, and behind is one of ${tall}`,
    }[this.relation];
    throw new Complaint(`a ${first} ${this.relation} a ${second} cannot be drawn: ${why}. Try “left of”.`);
  }
}

/** Whether a thing of the first kind can stand so to one of the second; see scene.py. */
export function canStand(relation, first, second) {
  const [one, other] = [first, second].map((kind) => TABLES.kinds[kind]);
  if (relation === "left of") return one.layer === other.layer;
  if (relation === "above") return one.layer === "air" && other.layer !== "air";
  return one.layer === other.layer && one.layer !== "air" && other.tall;
}

/** What in a scene no captioner was trained on. */
function strange({ things, relation, background, weather }) {
  const kind = ({ kind }) => TABLES.kinds[kind];
  const found = things.filter((one) => !kind(one).places.includes(background)).map((one) => `a ${one.kind} by the background ${background}`);
  if (!TABLES.weathersOf[background].includes(weather)) found.push(`the background ${background} in ${weather} weather`);
  if (TABLES.wet.includes(weather))
    found.push(...things.filter((one) => kind(one).fair_weather).map((one) => `a ${one.kind} in ${weather} weather`));
  const [first, second] = things;
  if (relation === "left of" && kind(first).layer !== kind(second).layer) found.push(`a ${first.kind} left of a ${second.kind}`);
  if (relation === "in front of" && (first.size !== "small" || second.size !== "large"))
    found.push(`a ${second.size} thing behind a ${first.size} one`);
  return found.length ? [`No captioner was trained on ${found.join(" or ")}.`] : [];
}

/** Read a sentence such as “a small red boat left of a lighthouse at night”: `{scene, notes}`, or a Complaint. */
export function readScene(text, variation = 0) {
  const { length } = [...text];
  if (length > TABLES.reading.maxLength)
    throw new Complaint(`the sentence has ${length} letters, at most ${TABLES.reading.maxLength} are read. Say it shorter.`);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu);
  if (!words) throw new Complaint("there are no words to read. Write, say, “a small red boat at night”.");
  const reader = new Reader();
  for (const phrase of phrasesIn(words)) reader.read(phrase);
  return reader.finish(variation);
}

/** Say a scene in a sentence. */
export function sceneInWords({ things, relation, background, time, weather }) {
  const named = things.map(({ size, colour, kind }) => `a ${size} ${colour} ${kind}`);
  const { air, place, sky } = TABLES.saying;
  const where = TABLES.kinds[things.at(-1).kind].layer === "air" ? air : place;
  return `${relation === "alone" ? named[0] : named.join(` ${relation} `)} ${where[background]} ${sky[`${time} ${weather}`]}`;
}
