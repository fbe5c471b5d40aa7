"""From a sentence in one's own words to a scene, and from a scene to a sentence that says all of it.

The words are those of captions (`lexicon.py`), and a few shorter ones: “night” for “at night”. Order is
free but for this: size and colour stand before their thing, a relation between its two things.
"""

import difflib
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from captioning.errors import InputError
from captioning.scenes import lexicon, phrases
from captioning.scenes.phrases import NOUNS, PRONOUNS, VERBS, Splitter
from captioning.scenes.scene import (
    BACKGROUNDS,
    COLOURS,
    KINDS,
    RELATIONS,
    SIZES,
    TIMES,
    WEATHERS,
    WEATHERS_OF,
    WET,
    Scene,
    Thing,
    can_stand,
)

MAX_LENGTH = 200
SHORT_SETTINGS: dict[str, dict[str, str]] = (
    {place: {"background": place} for place in BACKGROUNDS}
    | {time: {"time": time} for time in TIMES}
    | {weather: {"weather": weather} for weather in WEATHERS}
    | {
        "snowy mountains": {"background": "mountains"},
        "water": {"background": "sea"},
        "grass": {"background": "meadow"},
        "field": {"background": "meadow"},
        "sand": {"background": "desert"},
        "dunes": {"background": "desert"},
        "town": {"background": "city"},
        "street": {"background": "city"},
        "evening": {"time": "dusk"},
        "sunset": {"time": "dusk", "weather": "clear"},
        "sunny": {"time": "day", "weather": "clear"},
        "starry": {"time": "night", "weather": "clear"},
        "clouds": {"weather": "cloudy"},
        "rain": {"weather": "rainy"},
        "snow": {"weather": "snowy"},
    }
)
SETTINGS = SHORT_SETTINGS | phrases.SETTINGS
RELATION_PHRASES = phrases.RELATIONS | {
    "on the left of": "left of",
    "on the right of": "right of",
    "beside": "left of",
    "next to": "left of",
}
ALONE = "alone"
# What tells nothing by itself.
FILLERS = (
    *("a", "an", "the", "there", "is", "are", "and", "with", "it", "sky", "weather"),
    *("on", "in", "at", "under", "of", "by"),
)
TABLES: tuple[Container[str], ...] = (
    *(SETTINGS, PRONOUNS, RELATION_PHRASES, NOUNS, phrases.COLOURS, phrases.SIZES, VERBS, FILLERS),
    (ALONE,),
)


@dataclass(frozen=True)
class Reading:
    """A scene that was read.

    Attributes:
        scene: the scene.
        notes: what the words left open, and what no captioner was trained on, a sentence each.
    """

    scene: Scene
    notes: tuple[str, ...]


def read_scene(text: str, variation: int = 0) -> Reading:
    """Read a sentence such as “a small red boat left of a lighthouse at night”.

    Args:
        text: in any case; punctuation does not count.
        variation: seeds what the words do not speak of, such as the clouds.

    Raises:
        InputError: there are words that scenes have none of, or they do not make a scene.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(
            f"the sentence has {len(text)} letters, at most {MAX_LENGTH} are read. Say it shorter."
        )
    words = re.findall(r"[^\W_]+", text.lower())
    if not words:
        raise InputError("there are no words to read. Write, say, “a small red boat at night”.")
    splitter, found, unknown = Splitter(words), list[str](), list[str]()
    while splitter.at < len(words):
        if phrase := splitter.take(*TABLES):
            found.append(phrase)
        else:
            unknown.append(words[splitter.at])
            splitter.at += 1
    if unknown:
        raise InputError(_not_understood(unknown))
    reader = _Reader()
    for phrase in found:
        reader.read(phrase)
    return reader.finish(variation)


def scene_in_words(scene: Scene) -> str:
    """Say a scene in a sentence; ``read_scene`` reads the same scene from it, but for the variation."""
    things = [f"{lexicon.article(str(thing))} {thing}" for thing in scene.things]
    said = things[0] if scene.relation == ALONE else f"{things[0]} {scene.relation} {things[1]}"
    flying = KINDS[scene.things[-1].kind].layer == "air"
    places = lexicon.AIR_PHRASES if flying else lexicon.PLACE_PHRASES
    sky = lexicon.SKY_PHRASES[scene.time, scene.weather][0]
    return f"{said} {places[scene.background][0]} {sky}"


def words_for_scenes() -> dict[str, Sequence[str]]:
    """Return the words that a sentence may be made of, by what they tell."""
    return {
        "Things": tuple(KINDS),
        "Colours": COLOURS,
        "Sizes": SIZES,
        "How they stand": tuple(lexicon.INVERSES),
        "Where": BACKGROUNDS,
        "When": TIMES,
        "Weather": WEATHERS,
    }


def _not_understood(unknown: Sequence[str]) -> str:
    known = [word for table in (NOUNS, phrases.COLOURS, phrases.SIZES, SHORT_SETTINGS) for word in table]
    near = [match for word in unknown for match in difflib.get_close_matches(word, known, 1, 0.75)]
    hint = f"Did you mean {_listed(near)}? " if near else ""
    return (
        f"no scene has {_listed(unknown, 'or')}. {hint}There are the things "
        f"{', '.join(KINDS)}, in the colours {', '.join(COLOURS)}."
    )


def _listed(words: Sequence[str], last: str = "and") -> str:
    quoted = [f"“{word}”" for word in dict.fromkeys(words)]
    return f" {last} ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


@dataclass
class _Reader:
    """What was read so far: things by kind, each with the colour and the size that were said."""

    things: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    adjectives: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    relation: str | None = None
    alone: bool = False

    def read(self, phrase: str) -> None:
        if phrase in SETTINGS:
            for name, value in SETTINGS[phrase].items():
                self._settle(self.settings, name, value)
        elif phrase in PRONOUNS:
            # “with a lighthouse to its left”: the second thing is so to the first.
            self._relate(lexicon.INVERSES[PRONOUNS[phrase]])
        elif phrase in RELATION_PHRASES:
            if not self.things:
                raise InputError(f"“{phrase}” stands between two things; name one before it.")
            self._relate(RELATION_PHRASES[phrase])
        elif phrase in NOUNS:
            self.things.append((NOUNS[phrase], self.adjectives))
            self.adjectives = {}
        elif phrase in phrases.COLOURS:
            self._settle(self.adjectives, "colour", phrases.COLOURS[phrase])
        elif phrase in phrases.SIZES:
            self._settle(self.adjectives, "size", phrases.SIZES[phrase])
        elif phrase == ALONE:
            self.alone = True

    def _settle(self, what: dict[str, str], name: str, value: str) -> None:
        if what.setdefault(name, value) != value:
            raise InputError(f"the {name} is both “{what[name]}” and “{value}”. Say one of them.")

    def _relate(self, relation: str) -> None:
        if self.relation is not None:
            raise InputError("there are two relations, and a scene has one. Leave one out.")
        self.relation = relation

    def finish(self, variation: int) -> Reading:
        """Make the scene of what was read; fill in what was left open, and say so."""
        self._refuse()
        relation = self._order()
        places = [KINDS[kind].places for kind, _ in self.things]
        shared = [place for place in places[0] if all(place in others for others in places)]
        usual = {"background": (shared or places[0])[0], "time": "day", "weather": "clear"}
        filled = [f"{name} {value}" for name, value in usual.items() if name not in self.settings]
        things = []
        for slot, (kind, said) in enumerate(self.things):
            size = ("small", "large")[slot] if relation == "in front of" else "large"
            look = {"size": size, "colour": ("red", "white")[slot]}
            if missing := [value for name, value in look.items() if name not in said]:
                filled.append(f"{kind} {' and '.join(missing)}")
            things.append(Thing(kind, **(look | said)))
        notes = [f"You left open, and it was filled in: {', '.join(filled)}."] if filled else []
        scene = Scene(tuple(things), relation, **(usual | self.settings), variation=variation)
        return Reading(scene, (*notes, *_strange(scene)))

    def _refuse(self) -> None:
        """Refuse what makes no scene of one or two things."""
        if self.adjectives:
            raise InputError(
                f"{_listed(list(self.adjectives.values()))} belongs to no thing. Name the thing behind it."
            )
        if not self.things:
            raise InputError(f"there is no thing in it. Name one or two of: {', '.join(KINDS)}.")
        names = [kind for kind, _ in self.things]
        if len(names) > 2:
            raise InputError(
                f"there are {len(names)} things ({', '.join(names)}); a scene has one or two. Leave some out."
            )
        if len(set(names)) < len(names):
            raise InputError(
                f"there are two things of the kind {names[0]}; the two of a scene are of two kinds."
            )
        if self.relation and len(names) < 2:
            raise InputError(f"“{self.relation}” stands between two things, and there is one: {names[0]}.")
        if self.alone and len(names) > 1:
            raise InputError(f"the {names[0]} is not alone, there is the {names[1]} too. Leave one out.")

    def _order(self) -> str:
        """Put the things in the order of a scene, and return its relation."""
        if len(self.things) == 1:
            return ALONE
        one, other = (KINDS[kind] for kind, _ in self.things)
        if self.relation is None:
            flies = (one.layer == "air", other.layer == "air")
            self.relation = {(True, False): "above", (False, True): "below"}.get(flies, "left of")
        if self.relation not in RELATIONS:
            self.things.reverse()
            self.relation = lexicon.INVERSES[self.relation]
        (first, _), (second, _) = self.things
        # Side by side can be drawn whatever it is.
        if self.relation != "left of" and not can_stand(self.relation, KINDS[first], KINDS[second]):
            tall = ", ".join(name for name, kind in KINDS.items() if kind.tall)
            why = {
                "above": "what is above flies, and what is below does not",
                "in front of": f"both stand on land or both on water, and behind is one of {tall}",
            }[self.relation]
            raise InputError(f"a {first} {self.relation} a {second} cannot be drawn: {why}. Try “left of”.")
        return self.relation


def _strange(scene: Scene) -> list[str]:
    """Say what in a scene no captioner was trained on."""
    strange = [
        f"a {thing.kind} by the background {scene.background}"
        for thing in scene.things
        if scene.background not in KINDS[thing.kind].places
    ]
    if scene.weather not in WEATHERS_OF[scene.background]:
        strange.append(f"the background {scene.background} in {scene.weather} weather")
    if scene.weather in WET:
        strange += [
            f"a {thing.kind} in {scene.weather} weather"
            for thing in scene.things
            if KINDS[thing.kind].fair_weather
        ]
    if len(scene.things) == 2:
        first, second = scene.things
        if scene.relation == "left of" and KINDS[first.kind].layer != KINDS[second.kind].layer:
            strange.append(f"a {first.kind} left of a {second.kind}")
        if scene.relation == "in front of" and (first.size, second.size) != SIZES:
            strange.append(f"a {second.size} thing behind a {first.size} one")
    return [f"No captioner was trained on {' or '.join(strange)}."] if strange else []
