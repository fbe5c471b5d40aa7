"""Judge a caption of a scene: which of its statements are true, which false, which not understood.

A caption is understood when it is one of these (`[ ]` optional, `*` any number, no setting said twice):

    setting* ["there is"] thing "and" thing setting*
    setting* ["there is"] thing clause
    clause:  [verb] ["alone"] setting* [relation thing] setting* ["with" thing relation-to-it] setting*

with the words and phrases of `lexicon.py`, the right article before each thing, at least one setting, verb
or relation, and no verb after «there is». What follows the first word that does not fit is one statement
that is not understood.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from captioning.scenes import lexicon
from captioning.scenes.scene import Scene

Verdict = Literal["true", "false", "not understood"]


@dataclass(frozen=True)
class Statement:
    """One thing that a caption says, and whether it is so.

    `kind` is "thing", "size", "colour", "action", "count", "relation", "background", "time", "weather", or
    "unknown" for what was not understood.
    """

    text: str
    kind: str
    verdict: Verdict


@dataclass(frozen=True)
class Truth:
    """All statements of a caption, in its order."""

    statements: tuple[Statement, ...]

    @property
    def wholly_true(self) -> bool:
        """Whether the caption says something, and all that it says is understood and true."""
        return bool(self.statements) and all(said.verdict == "true" for said in self.statements)

    @property
    def n_true(self) -> int:
        """The number of true statements."""
        return sum(said.verdict == "true" for said in self.statements)


def truth(caption: str, scene: Scene) -> Truth:
    """Judge a caption: words between spaces, any case; a full stop at the end and commas are ignored."""
    reader = _Reader(caption.lower().rstrip(" .").replace(",", " ").split(), scene)
    try:
        reader.caption()
    except _NotUnderstood:
        rest = " ".join(reader.words[reader.at :])
        reader.statements.append(Statement(rest or "(it breaks off)", "unknown", "not understood"))
    return Truth(tuple(reader.statements))


class _NotUnderstood(Exception):
    """The words from here on fit no rule."""


def _meanings(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return phrase to meaning, from meaning to phrases."""
    return {phrase: meaning for meaning, phrases in table.items() for phrase in phrases}


NOUNS = _meanings(lexicon.NOUNS)
COLOURS = _meanings(lexicon.COLOUR_WORDS)
SIZES = _meanings(lexicon.SIZE_WORDS)
RELATIONS = _meanings(lexicon.RELATION_PHRASES)
PRONOUNS = _meanings(lexicon.PRONOUN_PHRASES)
VERBS = frozenset(verb for verbs in lexicon.VERBS.values() for verb in verbs)
SETTINGS = lexicon.settings()
LONGEST = max(len(phrase.split()) for table in (SETTINGS, RELATIONS, PRONOUNS) for phrase in table)


@dataclass
class _Reader:
    """A recursive descent through the grammar above; each method reads one rule or raises _NotUnderstood."""

    words: list[str]
    scene: Scene
    at: int = 0
    statements: list[Statement] = field(default_factory=list)
    mentioned: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)

    def caption(self) -> None:
        self.settings()
        existential = self.take({"there is"}) is not None
        subject = self.thing()
        start = self.at
        if self.take({"and"}):
            self.thing()
            self.settings()
        else:
            self.clause(subject, verbless=existential)
        # A bare «a red boat» is a piece of a sentence.
        if self.at < len(self.words) or (self.at == start and not self.settled):
            raise _NotUnderstood

    def clause(self, subject: str, verbless: bool) -> None:
        verb = None if verbless else self.take(VERBS)
        if verb:
            self.judge(
                f"{subject} {verb}", "action", self.is_there(subject) and verb in lexicon.VERBS[subject]
            )
        if self.take({"alone"}):
            self.judge("alone", "count", len(self.scene.things) == 1)
        self.settings()
        if phrase := self.take(RELATIONS):
            self.relate(subject, RELATIONS[phrase], self.thing())
            self.settings()
        if self.take({"with"}):
            other = self.thing()
            phrase = self.take(PRONOUNS)
            if phrase is None:
                raise _NotUnderstood
            self.relate(other, PRONOUNS[phrase], subject)
            self.settings()

    def settings(self) -> None:
        """Read phrases of background, time and weather."""
        while phrase := self.take(SETTINGS):
            for name, value in SETTINGS[phrase].items():
                if name in self.settled:
                    self.at -= len(phrase.split())
                    raise _NotUnderstood
                self.settled.add(name)
                self.judge(phrase, name, getattr(self.scene, name) == value)

    def thing(self) -> str:
        """Read «a small red boat»; return its kind."""
        start = self.at
        article = self.take({"a", "an"})
        size = self.take(SIZES)
        colour = self.take(COLOURS)
        noun = self.take(NOUNS)
        if noun is None or article is None or article != lexicon.article(self.words[start + 1]):
            self.at = start
            raise _NotUnderstood
        kind = NOUNS[noun]
        found = [thing for thing in self.scene.things if thing.kind == kind and kind not in self.mentioned]
        self.judge(noun, "thing", bool(found))
        if size:
            self.judge(f"{size} {noun}", "size", any(thing.size == SIZES[size] for thing in found))
        if colour:
            self.judge(f"{colour} {noun}", "colour", any(thing.colour == COLOURS[colour] for thing in found))
        self.mentioned.append(kind)
        return kind

    def relate(self, subject: str, relation: str, other: str) -> None:
        kinds = tuple(thing.kind for thing in self.scene.things)
        real = self.scene.relation
        true = ((subject, other), relation) == (kinds, real) or (
            len(kinds) == 2 and ((other, subject), relation) == (kinds, lexicon.INVERSES[real])
        )
        self.judge(f"{subject} {relation} {other}", "relation", true)

    def is_there(self, kind: str) -> bool:
        return any(thing.kind == kind for thing in self.scene.things)

    def judge(self, text: str, kind: str, verdict: bool) -> None:
        self.statements.append(Statement(text, kind, "true" if verdict else "false"))

    def take(self, phrases: Container[str]) -> str | None:
        """Read the longest of the phrases that comes next, if any does."""
        for length in range(min(LONGEST, len(self.words) - self.at), 0, -1):
            phrase = " ".join(self.words[self.at : self.at + length])
            if phrase in phrases:
                self.at += length
                return phrase
        return None
