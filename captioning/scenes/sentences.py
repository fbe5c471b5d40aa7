"""Write five different English sentences about a scene, all of them true."""

from collections.abc import Callable, Sequence

import numpy as np

from captioning.scenes import lexicon
from captioning.scenes.scene import KINDS, Scene, Thing

MIN_WORDS, MAX_WORDS = 5, 16


class _Writer:
    """Phrases about one scene, with a random choice of words and of what is said."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self.scene = scene
        self.rng = rng

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def usual(self, options: Sequence[str], share: float = 0.65) -> str:
        """Return the first option with probability `share`, else one of the others."""
        if len(options) == 1 or self.chance(share):
            return options[0]
        return options[1 + int(self.rng.integers(len(options) - 1))]

    def thing(self, thing: Thing) -> str:
        """Write “a small red boat”, now and then without the size or the colour."""
        words = [self.usual(lexicon.NOUNS[thing.kind], 0.8)]
        if self.chance(0.95):
            words.insert(0, self.usual(lexicon.COLOUR_WORDS[thing.colour], 0.85))
        if self.chance(0.85):
            words.insert(0, self.usual(lexicon.SIZE_WORDS[thing.size], 0.7))
        return f"{lexicon.article(words[0])} {' '.join(words)}"

    def verb(self, thing: Thing) -> str:
        return self.usual(lexicon.VERBS[thing.kind])

    def place(self, thing: Thing) -> str:
        flying = KINDS[thing.kind].layer == "air"
        return self.usual((lexicon.AIR_PHRASES if flying else lexicon.PLACE_PHRASES)[self.scene.background])

    def sky(self) -> str:
        """Write the time of day and the weather, or one of them."""
        time, weather = self.scene.time, self.scene.weather
        draw = float(self.rng.random())
        if draw < 0.6:
            return self.usual(lexicon.SKY_PHRASES[time, weather], 0.7)
        if draw < 0.8:
            return self.usual(lexicon.TIME_PHRASES[time])
        return self.usual(lexicon.WEATHER_PHRASES[weather])

    def pair(self, keep: float = 1.0) -> tuple[Thing, Thing, str]:
        """Return subject, object and relation, in the scene's order with probability `keep`.

        Nearly always in that order: a captioner that may begin with either thing learns far more slowly.
        """
        first, second = self.scene.things
        if self.chance(keep):
            return first, second, self.scene.relation
        return second, first, lexicon.INVERSES[self.scene.relation]

    def clause(self, keep: float = 1.0) -> str:
        subject, other, relation = self.pair(keep)
        beside = self.usual(lexicon.RELATION_PHRASES[relation], 0.75)
        return f"{self.thing(subject)} {self.verb(subject)} {beside} {self.thing(other)}"


def _clause_then_sky(w: _Writer) -> str:
    return f"{w.clause()} {w.sky()}"


def _either_clause(w: _Writer) -> str:
    # The second thing is never one that flies above another, so its place is the place of both.
    return f"{w.clause(0.7)} {w.place(w.scene.things[1]) if w.chance(0.25) else w.sky()}"


def _sky_then_clause(w: _Writer) -> str:
    return f"{w.sky()} {w.clause()}"


def _with_it(w: _Writer) -> str:
    subject, other, relation = w.pair()
    beside = w.usual(lexicon.PRONOUN_PHRASES[lexicon.INVERSES[relation]])
    return f"{w.thing(subject)} {w.verb(subject)} {w.place(subject)} with {w.thing(other)} {beside}"


def _there_is_pair(w: _Writer) -> str:
    subject, other, relation = w.pair()
    beside = w.usual(lexicon.RELATION_PHRASES[relation])
    setting = w.place(other) if w.chance(0.5) else w.sky()
    return f"there is {w.thing(subject)} {beside} {w.thing(other)} {setting}"


def _both(w: _Writer) -> str:
    first, second = w.scene.things
    return f"{w.thing(first)} and {w.thing(second)} {w.place(second)} {w.sky()}"


def _alone_in_place(w: _Writer) -> str:
    (thing,) = w.scene.things
    alone = " alone" if w.chance(0.6) else ""
    return f"{w.thing(thing)} {w.verb(thing)}{alone} {w.place(thing)} {w.sky()}"


def _sky_then_alone(w: _Writer) -> str:
    (thing,) = w.scene.things
    return f"{w.sky()} {w.thing(thing)} {w.verb(thing)}{' alone' if w.chance(0.4) else ''} {w.place(thing)}"


def _there_is(w: _Writer) -> str:
    (thing,) = w.scene.things
    return f"there is {w.thing(thing)} {w.place(thing)}{' ' + w.sky() if w.chance(0.7) else ''}"


def _glimpse(w: _Writer) -> str:
    (thing,) = w.scene.things
    return f"{w.thing(thing)} {w.place(thing)} {w.sky()}"


_STRUCTURES: dict[int, list[Callable[[_Writer], str]]] = {
    1: [_alone_in_place, _alone_in_place, _sky_then_alone, _there_is, _glimpse],
    2: [_clause_then_sky, _either_clause, _sky_then_clause, _with_it],
}


def describe(scene: Scene, seed: int = 0) -> list[str]:
    """Write five different sentences of 5 to 16 words about a scene, in lower case, without a full stop.

    The first is the most usual one; scene and seed determine all of them.
    """
    writer = _Writer(scene, np.random.default_rng([scene.variation, seed]))
    structures = list(_STRUCTURES[len(scene.things)])
    if len(structures) < 5:
        structures.append(_there_is_pair if writer.chance(0.5) else _both)
    sentences: list[str] = []
    for structure in structures:
        sentence = structure(writer)
        while sentence in sentences or not MIN_WORDS <= len(sentence.split()) <= MAX_WORDS:
            sentence = structure(writer)
        sentences.append(sentence)
    return sentences
