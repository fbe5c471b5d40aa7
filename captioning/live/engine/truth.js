// Mirrors captioning/scenes/truth.py (see there for the grammar), phrases.py and lexicon.py.

class NotUnderstood extends Error {}

/** Each table of the lexicon as phrase to meaning; and the length of the longest phrase. */
function phrasesOf({ lexicon }) {
  const tables = { settings: new Map(Object.entries(lexicon.settings)) };
  for (const name of ["nouns", "colours", "sizes", "relations", "pronouns"])
    tables[name] = new Map(Object.entries(lexicon[name]).flatMap(([is, phrases]) => phrases.map((one) => [one, is])));
  const all = [tables.settings, tables.relations, tables.pronouns].flatMap((table) => [...table.keys()]);
  return { ...tables, longest: Math.max(...all.map((phrase) => phrase.split(" ").length)) };
}

/** A recursive descent through the grammar; each method reads one rule, or throws NotUnderstood. */
class Reader {
  constructor(words, scene, phrases, lexicon) {
    Object.assign(this, { words, scene, phrases, lexicon, at: 0, statements: [], mentioned: [], settled: new Set() });
  }

  /** Read the longest phrase that comes next and that is in a table, or is one of an array; else give null. */
  take(table) {
    const known = Array.isArray(table) ? new Set(table) : table;
    for (let length = Math.min(this.phrases.longest, this.words.length - this.at); length > 0; length--) {
      const phrase = this.words.slice(this.at, this.at + length).join(" ");
      if (!known.has(phrase)) continue;
      this.at += length;
      return phrase;
    }
    return null;
  }

  judge(text, kind, isTrue) {
    this.statements.push({ text, kind, verdict: isTrue ? "true" : "false" });
  }

  require(understood, at = this.at) {
    this.at = at;
    if (!understood) throw new NotUnderstood();
  }

  caption() {
    this.settings();
    const existential = this.take(["there is"]);
    const subject = this.thing();
    const start = this.at;
    if (this.take(["and"])) this.settings(this.thing());
    else this.clause(subject, existential);
    // A bare “a red boat” is a piece of a sentence.
    this.require(this.at === this.words.length && (this.at > start || this.settled.size));
  }

  clause(subject, verbless) {
    const { relations, pronouns } = this.phrases;
    const verb = verbless ? null : this.take(Object.values(this.lexicon.verbs).flat());
    const isThere = this.scene.things.some((thing) => thing.kind === subject);
    if (verb) this.judge(`${subject} ${verb}`, "action", isThere && this.lexicon.verbs[subject].includes(verb));
    if (this.take(["alone"])) this.judge("alone", "count", this.scene.things.length === 1);
    this.settings();
    const relation = this.take(relations);
    if (relation) this.relate(subject, relations.get(relation), this.thing());
    this.settings();
    if (!this.take(["with"])) return;
    const other = this.thing();
    const beside = this.take(pronouns);
    this.require(beside);
    this.relate(other, pronouns.get(beside), subject);
    this.settings();
  }

  /** Read phrases of background, time and weather. */
  settings() {
    for (let start = this.at, phrase; (phrase = this.take(this.phrases.settings)); start = this.at)
      for (const [name, value] of Object.entries(this.phrases.settings.get(phrase))) {
        if (this.settled.has(name)) this.require(false, start);
        this.settled.add(name);
        this.judge(phrase, name, this.scene[name] === value);
      }
  }

  /** Read “a small red boat”; return its kind. */
  thing() {
    const [start, { nouns, colours, sizes }] = [this.at, this.phrases];
    const [article, size, colour, noun] = [["a", "an"], sizes, colours, nouns].map((table) => this.take(table));
    if (!noun || article !== (/^[aeiou]/.test(this.words[start + 1]) ? "an" : "a")) this.require(false, start);
    const kind = nouns.get(noun);
    const found = this.scene.things.filter((thing) => thing.kind === kind && !this.mentioned.includes(kind));
    this.judge(noun, "thing", found.length);
    if (size) this.judge(`${size} ${noun}`, "size", found.some((thing) => thing.size === sizes.get(size)));
    if (colour) this.judge(`${colour} ${noun}`, "colour", found.some((thing) => thing.colour === colours.get(colour)));
    this.mentioned.push(kind);
    return kind;
  }

  relate(subject, relation, other) {
    const [kinds, real] = [this.scene.things.map((thing) => thing.kind).join(), this.scene.relation];
    const is = (pair, so) => pair.join() === kinds && relation === so;
    const isTrue = is([subject, other], real) || is([other, subject], this.lexicon.inverses[real]);
    this.judge(`${subject} ${relation} ${other}`, "relation", isTrue);
  }
}

/** Judge a caption of a scene: its statements, each with text, kind, and verdict: true, false, not understood. */
export function truth(world, caption, scene) {
  world.phrases ??= phrasesOf(world);
  const words = caption.toLowerCase().replace(/[ .]+$/, "").replaceAll(",", " ").split(/\s+/).filter(Boolean);
  const reader = new Reader(words, scene, world.phrases, world.lexicon);
  try {
    reader.caption();
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    const text = words.slice(reader.at).join(" ") || "(it breaks off)";
    reader.statements.push({ text, kind: "unknown", verdict: "not understood" });
  }
  return reader.statements;
}
