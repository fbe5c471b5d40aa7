"""The words and phrases that captions of scenes are made of, and what each one claims.

Both the writer (`sentences.py`) and the judge (`truth.py`) read these tables. In each tuple the first
entry is the usual one; the writer prefers it, so that a greedy decoder finds one way to say everything
and does not fall back on saying little.
"""

from functools import cache

from captioning.scenes.scene import COLOURS, KINDS

NOUNS: dict[str, tuple[str, ...]] = {kind: (kind,) for kind in KINDS} | {
    "boat": ("boat", "sailboat"),
    "flower": ("flower", "blossom"),
    "house": ("house", "cottage"),
    "plane": ("plane", "airplane"),
    "rabbit": ("rabbit", "bunny"),
    "ship": ("ship", "steamer"),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {colour: (colour,) for colour in COLOURS} | {
    "purple": ("purple", "violet"),
    "red": ("red", "scarlet"),
}
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "little", "tiny"),
    "large": ("large", "big", "huge"),
}
VERBS: dict[str, tuple[str, ...]] = {
    "balloon": ("floats", "drifts", "hovers"),
    "bird": ("flies", "soars", "glides"),
    "butterfly": ("flutters", "flies"),
    "kite": ("flies", "soars", "dances"),
    "plane": ("flies", "cruises", "glides"),
    "boat": ("sails", "floats", "drifts"),
    "duck": ("swims", "paddles", "floats"),
    "lighthouse": ("stands", "rises"),
    "ship": ("sails", "cruises", "floats"),
    "whale": ("swims", "drifts"),
    "camel": ("walks", "stands", "rests"),
    "car": ("drives", "waits", "stops"),
    "castle": ("stands", "rises"),
    "cat": ("sits", "waits", "rests"),
    "elephant": ("walks", "stands", "wanders"),
    "flower": ("blooms", "grows"),
    "horse": ("trots", "stands", "walks"),
    "house": ("stands",),
    "rabbit": ("sits", "hops", "rests"),
    "sheep": ("grazes", "stands", "rests"),
    "tree": ("grows", "stands"),
    "windmill": ("turns", "stands"),
}

# How a subject stands to an object, and to "it". The relations of `scene.RELATIONS` and their inverses.
INVERSES: dict[str, str] = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "in front of": "behind",
    "behind": "in front of",
}
RELATION_PHRASES: dict[str, tuple[str, ...]] = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above", "over", "high above"),
    "below": ("below", "under", "beneath"),
    "in front of": ("in front of", "just in front of"),
    "behind": ("behind", "just behind"),
}
PRONOUN_PHRASES: dict[str, tuple[str, ...]] = {
    "left of": ("to its left", "on its left"),
    "right of": ("to its right", "on its right"),
    "above": ("above it", "over it", "high above it"),
    "below": ("below it", "under it", "beneath it"),
    "in front of": ("in front of it", "just in front of it"),
    "behind": ("behind it", "just behind it"),
}

# Where what stands or swims is, and what flies.
PLACE_PHRASES: dict[str, tuple[str, ...]] = {
    "sea": ("on the sea", "on the water", "on the waves"),
    "meadow": ("in the meadow", "on the grass", "in a field"),
    "desert": ("in the desert", "on the sand", "among the dunes"),
    "city": ("in the city", "in town", "on the street"),
    "mountains": ("in the snowy mountains", "in the mountains", "among the peaks"),
}
AIR_PHRASES: dict[str, tuple[str, ...]] = {
    "sea": ("over the sea", "over the water", "over the waves"),
    "meadow": ("over the meadow", "over the grass", "over a field"),
    "desert": ("over the desert", "over the sand", "over the dunes"),
    "city": ("over the city", "over the town", "over the street"),
    "mountains": ("over the snowy mountains", "over the mountains", "over the peaks"),
}
TIME_PHRASES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "during the day", "in daylight"),
    "dusk": ("at dusk", "in the evening", "at twilight"),
    "night": ("at night", "by night", "after dark"),
}
WEATHER_PHRASES: dict[str, tuple[str, ...]] = {
    "clear": ("under a clear sky", "in clear weather"),
    "cloudy": ("under a cloudy sky", "under the clouds", "in cloudy weather"),
    "rainy": ("in the rain", "in rainy weather", "while it rains"),
    "snowy": ("in the falling snow", "in snowy weather", "while it snows"),
}
# Time and weather in one phrase.
SKY_PHRASES: dict[tuple[str, str], tuple[str, ...]] = {
    ("day", "clear"): ("on a sunny day", "on a clear day", "in the sunshine"),
    ("dusk", "clear"): ("on a clear evening", "under a clear evening sky", "at sunset"),
    ("night", "clear"): ("under a starry sky", "on a clear night", "under the stars", "in the moonlight"),
    ("day", "cloudy"): ("on a cloudy day", "on an overcast day"),
    ("dusk", "cloudy"): ("on a cloudy evening", "under a cloudy evening sky"),
    ("night", "cloudy"): ("on a cloudy night", "under a cloudy night sky"),
    ("day", "rainy"): ("on a rainy day", "on a wet day"),
    ("dusk", "rainy"): ("on a rainy evening", "on a wet evening"),
    ("night", "rainy"): ("on a rainy night", "on a wet night"),
    ("day", "snowy"): ("on a snowy day", "on a white winter day"),
    ("dusk", "snowy"): ("on a snowy evening", "on a white winter evening"),
    ("night", "snowy"): ("on a snowy night", "on a white winter night"),
}


def article(word: str) -> str:
    """Return the indefinite article before this word."""
    return "an" if word[0] in "aeiou" else "a"


@cache
def settings() -> dict[str, dict[str, str]]:
    """Return each phrase that speaks of background, time or weather, with what it claims of them."""
    claims: dict[str, dict[str, str]] = {}
    for table in (PLACE_PHRASES, AIR_PHRASES):
        claims |= {phrase: {"background": place} for place, phrases in table.items() for phrase in phrases}
    claims |= {phrase: {"time": time} for time, phrases in TIME_PHRASES.items() for phrase in phrases}
    claims |= {phrase: {"weather": sky} for sky, phrases in WEATHER_PHRASES.items() for phrase in phrases}
    for (time, sky), phrases in SKY_PHRASES.items():
        claims |= {phrase: {"time": time, "weather": sky} for phrase in phrases}
    return claims


@cache
def vocabulary() -> tuple[str, ...]:
    """Return every word that captions of scenes may use, in alphabetical order."""
    tables = (NOUNS, COLOUR_WORDS, SIZE_WORDS, VERBS, RELATION_PHRASES, PRONOUN_PHRASES)
    phrases = [phrase for table in tables for options in table.values() for phrase in options]
    phrases += [*settings(), "a an and alone there is with"]
    return tuple(sorted({word for phrase in phrases for word in phrase.split()}))
