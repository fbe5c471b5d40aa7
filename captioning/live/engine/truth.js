// Mirrors captioning/scenes/truth.py, phrases.py and lexicon.py.

class NotUnderstood extends Error {}

/** Phrase to meaning, from meaning to phrases. */
const meanings = (table) =>
  new Map(Object.entries(table).flatMap(([meaning, phrases]) => phrases.map((phrase) => [phrase, meaning])));

function tablesOf({ lexicon }) {
  const tables = {
    nouns: meanings(lexicon.nouns),
    colours: meanings(lexicon.colours),
    sizes: meanings(lexicon.sizes),
    relations: meanings(lexicon.relations),
    pronouns: meanings(lexicon.pronouns),
    verbs: new Set(Object.values(lexicon.verbs).flat()),
    settings: new Map(Object.entries(lexicon.settings)),
  };
  const phrases = [tables.settings, tables.relations, tables.pronouns].flatMap((table) => [...table.keys()]);
  return { ...tables, longest: Math.max(...phrases.map((phrase) => phrase.split(" ").length)) };
}

/** A recursive descent through the grammar of truth.py; each method reads one rule or throws NotUnderstood. */
class Reader {
  at = 0;
  statements = [];
  mentioned = [];
  settled = new Set();

  constructor(words, scene, tables, lexicon) {
    Object.assign(this, { words, scene, tables, lexicon });
  }

  /** Read the longest phrase of a table that comes next, if any does. */
  take(table) {
    for (let length = Math.min(this.tables.longest, this.words.length - this.at); length > 0; length--) {
      const phrase = this.words.slice(this.at, this.at + length).join(" ");
      if (table.has(phrase)) {
        this.at += length;
        return phrase;
      }
    }
    return null;
  }

  takeWord(...words) {
    return this.take(new Set(words));
  }

  judge(text, kind, isTrue) {
    this.statements.push({ text, kind, verdict: isTrue ? "true" : "false" });
  }

  caption() {
    this.settings();
    const existential = this.takeWord("there is") !== null;
    const subject = this.thing();
    const start = this.at;
    if (this.takeWord("and")) {
      this.thing();
      this.settings();
    } else this.clause(subject, existential);
    // A bare «a red boat» is a piece of a sentence.
    if (this.at < this.words.length || (this.at === start && !this.settled.size)) throw new NotUnderstood();
  }

  clause(subject, verbless) {
    const verb = verbless ? null : this.take(this.tables.verbs);
    const isThere = this.scene.things.some((thing) => thing.kind === subject);
    if (verb) this.judge(`${subject} ${verb}`, "action", isThere && this.lexicon.verbs[subject].includes(verb));
    if (this.takeWord("alone")) this.judge("alone", "count", this.scene.things.length === 1);
    this.settings();
    const phrase = this.take(this.tables.relations);
    if (phrase) {
      this.relate(subject, this.tables.relations.get(phrase), this.thing());
      this.settings();
    }
    if (this.takeWord("with")) {
      const other = this.thing();
      const beside = this.take(this.tables.pronouns);
      if (beside === null) throw new NotUnderstood();
      this.relate(other, this.tables.pronouns.get(beside), subject);
      this.settings();
    }
  }

  /** Read phrases of background, time and weather. */
  settings() {
    let phrase;
    while ((phrase = this.take(this.tables.settings)))
      for (const [name, value] of Object.entries(this.tables.settings.get(phrase))) {
        if (this.settled.has(name)) {
          this.at -= phrase.split(" ").length;
          throw new NotUnderstood();
        }
        this.settled.add(name);
        this.judge(phrase, name, this.scene[name] === value);
      }
  }

  /** Read «a small red boat»; return its kind. */
  thing() {
    const { nouns, colours, sizes } = this.tables;
    const start = this.at;
    const article = this.takeWord("a", "an");
    const [size, colour, noun] = [this.take(sizes), this.take(colours), this.take(nouns)];
    if (!noun || article !== (/^[aeiou]/.test(this.words[start + 1]) ? "an" : "a")) {
      this.at = start;
      throw new NotUnderstood();
    }
    const kind = nouns.get(noun);
    const found = this.scene.things.filter((thing) => thing.kind === kind && !this.mentioned.includes(kind));
    this.judge(noun, "thing", found.length > 0);
    if (size) this.judge(`${size} ${noun}`, "size", found.some((thing) => thing.size === sizes.get(size)));
    if (colour) this.judge(`${colour} ${noun}`, "colour", found.some((thing) => thing.colour === colours.get(colour)));
    this.mentioned.push(kind);
    return kind;
  }

  relate(subject, relation, other) {
    const [first, second] = this.scene.things.map((thing) => thing.kind);
    const inverse = this.lexicon.inverses[this.scene.relation];
    const isTrue =
      second !== undefined &&
      ((subject === first && other === second && relation === this.scene.relation) ||
        (subject === second && other === first && relation === inverse));
    this.judge(`${subject} ${relation} ${other}`, "relation", isTrue);
  }
}

/** Judge a caption of a scene: its statements, each with text, kind, and verdict: true, false, not understood. */
export function truth(world, caption, scene) {
  world.phrases ??= tablesOf(world);
  const words = caption.toLowerCase().replace(/[ .]+$/, "").replaceAll(",", " ").split(/\s+/).filter(Boolean);
  const reader = new Reader(words, scene, world.phrases, world.lexicon);
  try {
    reader.caption();
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    const rest = words.slice(reader.at).join(" ");
    reader.statements.push({ text: rest || "(it breaks off)", kind: "unknown", verdict: "not understood" });
  }
  return reader.statements;
}
