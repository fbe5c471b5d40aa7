"""Judge a caption of a scene: which of its statements are true, which false, which not understood.

A caption is understood when it is one of these (`[ ]` optional, `*` any number, no setting said twice):

    setting* ["there is"] thing "and" thing setting*
    setting* ["there is"] thing clause
    clause:  [verb] ["alone"] setting* [relation thing] setting* ["with" thing relation-to-it] setting*

with the words and phrases of `lexicon.py`, the right article before each thing, at least one setting, verb
or relation, and no verb after “there is”. What follows the first word that does not fit is one statement
that is not understood.
"""

from dataclasses import dataclass, field
from typing import Literal

from captioning.scenes import lexicon
from captioning.scenes.phrases import COLOURS, NOUNS, PRONOUNS, RELATIONS, SETTINGS, SIZES, VERBS, Splitter
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
    text = Splitter(caption.lower().rstrip(" .").replace(",", " ").split())
    reader = _Reader(text, scene)
    try:
        reader.caption()
    except _NotUnderstood:
        rest = " ".join(text.words[text.at :])
        reader.statements.append(Statement(rest or "(it breaks off)", "unknown", "not understood"))
    return Truth(tuple(reader.statements))


class _NotUnderstood(Exception):
    """The words from here on fit no rule."""


@dataclass
class _Reader:
    """A recursive descent through the grammar above; each method reads one rule or raises _NotUnderstood."""

    text: Splitter
    scene: Scene
    statements: list[Statement] = field(default_factory=list)
    mentioned: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)

    def caption(self) -> None:
        self.settings()
        existential = self.text.take({"there is"}) is not None
        subject = self.thing()
        start = self.text.at
        if self.text.take({"and"}):
            self.thing()
            self.settings()
        else:
            self.clause(subject, verbless=existential)
        # A bare “a red boat” is a piece of a sentence.
        if self.text.at < len(self.text.words) or (self.text.at == start and not self.settled):
            raise _NotUnderstood

    def clause(self, subject: str, verbless: bool) -> None:
        verb = None if verbless else self.text.take(VERBS)
        if verb:
            self.judge(
                f"{subject} {verb}", "action", self.is_there(subject) and verb in lexicon.VERBS[subject]
            )
        if self.text.take({"alone"}):
            self.judge("alone", "count", len(self.scene.things) == 1)
        self.settings()
        if phrase := self.text.take(RELATIONS):
            self.relate(subject, RELATIONS[phrase], self.thing())
            self.settings()
        if self.text.take({"with"}):
            other = self.thing()
            phrase = self.text.take(PRONOUNS)
            if phrase is None:
                raise _NotUnderstood
            self.relate(other, PRONOUNS[phrase], subject)
            self.settings()

    def settings(self) -> None:
        """Read phrases of background, time and weather."""
        while phrase := self.text.take(SETTINGS):
            for name, value in SETTINGS[phrase].items():
                if name in self.settled:
                    self.text.at -= len(phrase.split())
                    raise _NotUnderstood
                self.settled.add(name)
                self.judge(phrase, name, getattr(self.scene, name) == value)

    def thing(self) -> str:
        """Read “a small red boat”; return its kind."""
        start = self.text.at
        article = self.text.take({"a", "an"})
        size = self.text.take(SIZES)
        colour = self.text.take(COLOURS)
        noun = self.text.take(NOUNS)
        if noun is None or article is None or article != lexicon.article(self.text.words[start + 1]):
            self.text.at = start
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
