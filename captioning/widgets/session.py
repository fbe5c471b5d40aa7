"""What a sampler is set to, and what the captioner says then; nothing of how it looks."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from captioning.data.coco_layout import END_WORD
from captioning.errors import InputError
from captioning.figures.words import caption_text
from captioning.scenes.truth import Truth, truth
from captioning.training.captioner import Captioner
from captioning.widgets.captioners import MODELS, features_of, load, owners, running, usual_owner
from captioning.widgets.pictures import Picture

# Each decoding, and what it does.
DECODINGS = {
    "greedy": "Always the likeliest word.",
    "temperature": "Drawn from all words; the lower the temperature, the likelier the likely ones.",
    "top-k": "Drawn from the k likeliest words.",
    "top-p": "Drawn from the fewest words whose probabilities reach p.",
    "beam": "Follows the best beginnings at once; ranked by score, log-probability / length ^ penalty.",
}
# The controls that apply to each decoding.
CONTROLS: dict[str, tuple[str, ...]] = {
    "greedy": (),
    "temperature": ("temperature", "seed"),
    "top-k": ("k", "temperature", "seed"),
    "top-p": ("p", "temperature", "seed"),
    "beam": ("beam_width", "length_penalty"),
}
# The least and the greatest value of each control, and what a step of its slider is.
LIMITS: dict[str, tuple[float, float, float]] = {
    "temperature": (0.1, 2.0, 0.05),
    "k": (1, 20, 1),
    "p": (0.05, 1.0, 0.05),
    "beam_width": (1, 10, 1),
    "length_penalty": (0.0, 2.0, 0.1),
    "seed": (0, 9999, 1),
}
MAX_LENGTH = 30
# Captions that are drawn at once, words that are listed for each step.
SAMPLES, TOP = 4, 8


@dataclass(frozen=True)
class Settings:
    """A model and a decoding, with all its controls.

    Raises:
        InputError: a value is none that there is.
    """

    model: str = "lstm"
    layers: str = field(default_factory=usual_owner)
    decoding: str = "greedy"
    temperature: float = 1.0
    k: int = 5
    p: float = 0.9
    beam_width: int = 5
    length_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, options in (("model", MODELS), ("layers", owners()), ("decoding", DECODINGS)):
            if getattr(self, name) not in options:
                raise InputError(
                    f"{name} is {getattr(self, name)!r}; there are {', '.join(map(repr, options))}."
                )
        for name, (least, most, _) in LIMITS.items():
            if not least <= getattr(self, name) <= most:
                raise InputError(
                    f"{name} is {getattr(self, name)}, expected a number from {least:g} to {most:g}."
                )


@dataclass(frozen=True)
class Choice:
    """A word that could be said at a step.

    Attributes:
        word: the word.
        drawn: the probability with which the decoding draws it; where it does not draw, the model's own.
        probability: the model's own.
        said: whether it is the one that was said.
    """

    word: str
    drawn: float
    probability: float
    said: bool


@dataclass(frozen=True, eq=False)
class Said:
    """A caption.

    Attributes:
        words: with ``<END>``, if it came to it.
        log_probs: ``(L,)``, of each word given those before it.
        score: by which a beam search ranks; None of other decodings.
        truth: of its statements; None where it is not known what is on the picture.
    """

    words: tuple[str, ...]
    log_probs: np.ndarray
    score: float | None
    truth: Truth | None

    @property
    def text(self) -> str:
        return caption_text(self.words)

    @property
    def log_prob(self) -> float:
        return float(self.log_probs.sum())


@dataclass(frozen=True, eq=False)
class Session:
    """A picture, settings and a beginning; from these follows all that the captioner says.

    Attributes:
        picture: which is captioned.
        settings: model and decoding.
        prefix: words that every caption begins with.
        loaded: the captioner, where it is not the one that the settings name.
    """

    picture: Picture
    settings: Settings = field(default_factory=Settings)
    prefix: tuple[str, ...] = ()
    loaded: Captioner | None = None

    @cached_property
    def captions(self) -> list[Said]:
        """What is said: one caption, ``SAMPLES`` that were drawn, or all that a beam search ended with.

        Raises:
            InputError: a layer of the student's is missing, or stopped.
        """
        with running(self.settings.layers):
            words, scores = self._decode()
            trace = self._replay(words)
        chosen = np.take_along_axis(trace.log_probs, words[:, :, None], axis=2)[:, :, 0]
        captions = []
        for row, score in zip(range(len(words)), scores, strict=True):
            said = self._spoken(words[row])
            scene = self.picture.scene
            judged = truth(caption_text(said), scene) if scene else None
            captions.append(Said(said, chosen[row, : len(said)], score, judged))
        return captions

    def choices(self, caption: int) -> list[list[Choice]]:
        """Return, for each step of a caption, the likeliest words and the one that was said."""
        # It needs a layer that a student of an early chapter has not.
        from captioning.figures.explain import likeliest  # noqa: PLC0415

        said = self.captions[caption].words
        words = self._indices(said)
        trace = self._trace(caption)
        drawn = self._drawn_from(trace.log_probs[0])
        steps = []
        for step, word in enumerate(words):
            probabilities = np.exp(trace.log_probs[0, step])
            steps.append(
                [
                    Choice(
                        self.captioner.idx_to_word[found.word],
                        float(drawn[step, found.word]),
                        found.probability,
                        found.said,
                    )
                    for found in likeliest(probabilities, int(word), TOP)
                ]
            )
        return steps

    def inside(self, caption: int) -> dict[str, np.ndarray]:
        """Return what happened inside at each step of a caption.

        Returns:
            ``gates`` ``(L, G * H)`` of a model with gates, ``attention`` ``(L, R, C)`` of one with attention.
        """
        return {name: values[0] for name, values in self._trace(caption).inside.items()}

    def say(self, caption: int, step: int, word: str) -> "Session":
        """Let the sentence go on with another word: those before it stay, what follows is said again.

        Raises:
            InputError: the caption has no such step, or the captioner has no such word.
        """
        said = self.captions[caption].words
        if not 0 <= step < len(said):
            raise InputError(f"there is no step {step}; this caption has the steps 0 to {len(said) - 1}.")
        if word not in self.captioner.word_to_idx:
            raise InputError(f"the captioner has no word “{word}”. Take one of those that are listed.")
        return replace(self, prefix=(*said[:step], word))

    @property
    def captioner(self) -> Captioner:
        """Return the captioner that speaks."""
        return self.loaded or load(self.settings.model, self.settings.layers)

    def _features(self, rows: int) -> np.ndarray:
        return features_of(self.captioner, self.picture).repeat(rows, axis=0)

    def _decode(self) -> tuple[np.ndarray, list[float | None]]:
        """Return captions ``(N, L)``, and their scores if there are any."""
        settings, loaded = self.settings, self.captioner
        drawing = "seed" in CONTROLS[settings.decoding]
        rows = SAMPLES if drawing else 1
        features = self._features(rows)
        options: dict[str, Any] = {"max_length": MAX_LENGTH}
        if self.prefix:
            options["prefix"] = np.tile(self._indices(self.prefix), (rows, 1))
        if drawing:
            options |= {"temperature": settings.temperature, **self._filters()}
            rng = np.random.default_rng(settings.seed)
            decoded = loaded.layers.sample_decode(loaded.model, features, rng, **options)
            return decoded.words, [None] * rows
        if settings.decoding == "greedy":
            return loaded.layers.greedy_decode(loaded.model, features, **options).words, [None]
        _, beams = loaded.layers.beam_search(
            loaded.model,
            features,
            beam_width=settings.beam_width,
            length_penalty=settings.length_penalty,
            **options,
        )
        # There are fewer than K captions where the beginning ends the sentence.
        real = np.isfinite(beams.scores[0])
        return beams.words[0][real], [float(score) for score in beams.scores[0][real]]

    def _filters(self) -> dict[str, Any]:
        decoding = self.settings.decoding
        if decoding == "top-k":
            return {"top_k": self.settings.k}
        return {"top_p": self.settings.p} if decoding == "top-p" else {}

    def _drawn_from(self, log_probs: np.ndarray) -> np.ndarray:
        """Return the probabilities ``(L, V)`` with which the decoding draws, given the model's own."""
        if "temperature" not in CONTROLS[self.settings.decoding]:
            return np.exp(log_probs)
        layers = self.captioner.layers
        with running(self.settings.layers):
            logits = log_probs / self.settings.temperature
            for name, value in self._filters().items():
                logits = getattr(layers, f"{name}_filter")(logits, value)
            return np.exp(layers.log_softmax(logits))

    def _replay(self, words: np.ndarray) -> Any:
        return self.captioner.layers.replay(self.captioner.model, self._features(len(words)), words)

    @cached_property
    def _traces(self) -> dict[int, Any]:
        return {}

    def _trace(self, caption: int) -> Any:
        """Return what happened inside while a caption was said."""
        if caption not in self._traces:
            with running(self.settings.layers):
                words = self._indices(self.captions[caption].words)
                self._traces[caption] = self._replay(words[None])
        return self._traces[caption]

    def _indices(self, words: tuple[str, ...]) -> np.ndarray:
        return np.array([self.captioner.word_to_idx[word] for word in words], dtype=np.int64)

    def _spoken(self, words: np.ndarray) -> tuple[str, ...]:
        """Return the words up to ``<END>``, that one included."""
        said = [self.captioner.idx_to_word[word] for word in words]
        return tuple(said[: said.index(END_WORD) + 1] if END_WORD in said else said)
