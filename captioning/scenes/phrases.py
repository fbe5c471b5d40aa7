"""What the phrases of sentences about scenes mean, and how words are split into phrases."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from captioning.scenes import lexicon


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
class Splitter:
    """Words that are read phrase by phrase, each as long as can be.

    Attributes:
        words: all of them.
        at: the number of the next one.
    """

    words: Sequence[str]
    at: int = 0

    def take(self, *tables: Container[str]) -> str | None:
        """Read the longest phrase of these tables that comes next, if any does."""
        for length in range(min(LONGEST, len(self.words) - self.at), 0, -1):
            phrase = " ".join(self.words[self.at : self.at + length])
            if any(phrase in table for table in tables):
                self.at += length
                return phrase
        return None
