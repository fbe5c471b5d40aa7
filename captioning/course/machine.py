"""The machine's picture: a box for every layer that a student writes, grey until it passes.

A layer is what one speaks of: the LSTM is five functions, and its box is one's own when all of them have
passed. Colour is never the only sign; each box bears a mark.
"""

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from textwrap import wrap

from captioning.answers.library import complaint, library_folder, saved_answers
from captioning.answers.resolver import exercises_of
from captioning.answers.state import read_state

# What makes up each layer, in rows, from the first sum to the last word.
ROWS: dict[str, dict[str, tuple[str, ...]]] = {
    "Sums": {
        "standardise": ("standardize",),
        "log-sum-exp": ("log_sum_exp",),
        "distances": ("pairwise_squared_distances",),
        "gradient check": (
            "relative_error",
            "numeric_gradient",
            "directional_derivative",
            "complex_step_gradient",
        ),
    },
    "A network": {
        "affine": ("affine_forward", "affine_backward"),
        "ReLU": ("relu_forward", "relu_backward"),
        "backpropagation": ("backpropagate",),
        "softmax loss": ("softmax_loss",),
    },
    "Learning": {
        "momentum": ("sgd_momentum",),
        "RMSProp": ("rmsprop",),
        "Adam": ("adam",),
        "clipping": ("clip_gradients",),
        "dropout": ("dropout_forward", "dropout_backward"),
        "learning rate": ("cosine_learning_rate",),
    },
    "Seeing": {
        "convolution": (
            "conv_forward_naive",
            "conv_backward_naive",
            "im2col",
            "col2im",
            "conv_forward",
            "conv_backward",
        ),
        "max pooling": ("max_pool_forward", "max_pool_backward"),
        "VGG16": ("vgg16_preprocess", "vgg16_forward", "vgg16_forward_train", "vgg16_backward"),
        "PCA": ("pca_fit", "pca_project"),
    },
    "Words": {
        "tokens": ("tokenize",),
        "vocabulary": ("build_vocabulary", "encode_captions", "decode_captions"),
        "embedding": ("word_embedding_forward", "word_embedding_backward"),
    },
    "Memory": {
        "RNN": ("rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward"),
        "LSTM": (
            "lstm_gates",
            "lstm_step_forward",
            "lstm_step_backward",
            "lstm_forward",
            "lstm_backward",
        ),
        "GRU": ("gru_gates", "gru_step_forward", "gru_step_backward", "gru_forward", "gru_backward"),
        "attention": ("dot_product_attention_forward", "dot_product_attention_backward"),
        "attending LSTM": (
            "attention_lstm_step_forward",
            "attention_lstm_step_backward",
            "attention_lstm_forward",
            "attention_lstm_backward",
        ),
    },
    "Captioning": {
        "affine over time": ("temporal_affine_forward", "temporal_affine_backward"),
        "loss over time": ("temporal_softmax_loss",),
        "captioner": ("CaptioningRNN",),
        "attending captioner": ("AttentionCaptioner",),
    },
    "Saying": {
        "log-softmax": ("log_softmax",),
        "top-k": ("top_k_filter",),
        "top-p": ("top_p_filter",),
        "sampling": ("sample_words",),
        "beam search": ("beam_search",),
        "BLEU": ("ngram_counts", "bleu"),
    },
}


class Ownership(StrEnum):
    """Whose a layer is; the value is the mark of its box in a terminal."""

    YOURS = "#"
    BEGUN = "+"
    BORROWED = "b"
    TO_WRITE = " "


@dataclass(frozen=True)
class Box:
    """A layer in the picture.

    Attributes:
        title: as one speaks of it.
        row: of which row it is.
        chapters: where it is written.
        done, exercises: how many of its exercises have passed, of how many.
        is_borrowed: whether the course's own version runs for a part of it.
    """

    title: str
    row: str
    chapters: frozenset[int]
    done: int
    exercises: int
    is_borrowed: bool

    @property
    def ownership(self) -> Ownership:
        if self.done == self.exercises:
            return Ownership.YOURS
        if self.is_borrowed:
            return Ownership.BORROWED
        return Ownership.BEGUN if self.done else Ownership.TO_WRITE


@dataclass(frozen=True)
class Machine:
    """The picture; it shows itself, in a notebook and in a terminal.

    Attributes:
        boxes: of all layers, row by row.
        chapter: whose layers are outlined; None for none.
    """

    boxes: tuple[Box, ...]
    chapter: int | None = None

    @property
    def owned(self) -> int:
        """How many layers are the student's own."""
        return sum(box.ownership == Ownership.YOURS for box in self.boxes)

    def headline(self) -> str:
        """Say how many layers are one's own, and how many are borrowed."""
        borrowed = sum(box.ownership == Ownership.BORROWED for box in self.boxes)
        more = f", {borrowed} {'is' if borrowed == 1 else 'are'} borrowed" if borrowed else ""
        return f"You own {self.owned} of {len(self.boxes)} layers{more}."

    def is_owned(self, name: str) -> bool:
        """Tell whether the layer that a function or class is a part of is the student's own, all of it."""
        titles = {title for layers in ROWS.values() for title, names in layers.items() if name in names}
        return any(box.title in titles and box.ownership == Ownership.YOURS for box in self.boxes)

    def here(self) -> str:
        """Name the layers of the chapter; "" if there are none."""
        titles = [box.title for box in self.boxes if self.chapter in box.chapters]
        return f"In this chapter: {', '.join(titles)}." if titles else ""

    def text(self, width: int = 100) -> str:
        """Return the picture for a terminal: a mark in brackets before the name of each layer."""
        indent = max(map(len, ROWS)) + 2
        lines: list[str] = []
        for row in ROWS:
            # What belongs together is not broken: no space of a box is one at which a line may end.
            boxes = [self._boxed(box).replace(" ", "\0") for box in self.boxes if box.row == row]
            broken = wrap("  ".join(boxes), max(width - indent, 20), break_on_hyphens=False)
            lines += [f"{'' if n else row:{indent}}{line}" for n, line in enumerate(broken)]
        legend = "[#] yours   [+] begun   [b] borrowed   [ ] to be written"
        head = " ".join(filter(None, [self.headline(), self.here()]))
        return "\n".join([head, "", *lines, "", legend]).replace("\0", " ")

    @staticmethod
    def _boxed(box: Box) -> str:
        count = f" {box.done}/{box.exercises}" if 0 < box.done < box.exercises else ""
        return f"[{box.ownership}] {box.title}{count}"

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.as_html()

    def as_html(self, *, headline: bool = True) -> str:
        """Return the picture for a notebook or a page: one block that brings its style along."""
        first = f"<strong>{escape(self.headline())}</strong> " if headline else ""
        rows = "".join(self._row_as_html(row) for row in ROWS)
        return (
            f'{_STYLE}<div class="machine"><p>{first}{escape(self.here())}</p>'
            f'<dl>{rows}</dl><p class="legend">{_LEGEND}</p></div>'
        )

    def _row_as_html(self, row: str) -> str:
        boxes = "".join(self._box_as_html(box) for box in self.boxes if box.row == row)
        return f"<div><dt>{escape(row)}</dt><dd>{boxes}</dd></div>"

    def _box_as_html(self, box: Box) -> str:
        state = box.ownership.name.lower().replace("_", "-")
        count = f"{box.done}/{box.exercises}"
        mark = {
            Ownership.YOURS: "&#10003;",
            Ownership.BEGUN: count,
            Ownership.BORROWED: "borrowed",
            Ownership.TO_WRITE: "",
        }[box.ownership]
        is_here = " here" if self.chapter in box.chapters else ""
        where = " and ".join(map(str, sorted(box.chapters)))
        title = f"{box.title}: {count} exercises, chapter {where}"
        mark = f" <small>{mark}</small>" if mark else ""
        return f'<span class="{state}{is_here}" title="{escape(title)}">{escape(box.title)}{mark}</span>'


def machine(chapter: int | None = None) -> Machine:
    """Return the picture of one's own machine, as it stands now.

    Args:
        chapter: outline the layers that are written in it.
    """
    return Machine(boxes(library_folder()), chapter)


def boxes(folder: Path | None) -> tuple[Box, ...]:
    """Return a box for every layer, for a library of answers; None for no answers."""
    answers = saved_answers(folder)
    borrowed = read_state(folder).borrowed
    right = {
        exercise
        for answer in answers.values()
        if not complaint(answer, answers)
        for exercise in answer.exercises
        if exercise not in answer.open
    }
    found = []
    for row, layers in ROWS.items():
        for title, names in layers.items():
            asked = {name: _asked(name) for name in names}
            wanted = {exercise for _, exercises in asked.values() for exercise in exercises}
            chapters = frozenset(chapter for chapter, _ in asked.values())
            lent = any(name in borrowed and not right.issuperset(asked[name][1]) for name in names)
            found.append(Box(title, row, chapters, len(right & wanted), len(wanted), lent))
    return tuple(found)


def _asked(name: str) -> tuple[int, list[str]]:
    asked = exercises_of(name)
    if asked is None:
        raise KeyError(f"{name} is not an exercise")
    return asked


_LEGEND = (
    '<span class="yours">yours <small>&#10003;</small></span> '
    '<span class="begun">begun <small>1/2</small></span> '
    '<span class="borrowed">borrowed</span> <span class="to-write">to be written</span>'
)
# Filled, half filled, dashed and empty: the states differ without their colours too.
_STYLE = """<style>
.machine dl, .machine dd, .machine p { margin: 0 0 .4em }
.machine dl > div { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .6em }
.machine dt { flex: 0 0 6.5em; font-weight: normal; opacity: .8 }
.machine dd { flex: 1 1 16em }
.machine span { display: inline-block; margin: 0 .35em .35em 0; padding: .1em .5em; border-radius: .3em;
  border: 1.5px solid currentColor; line-height: 1.4 }
.machine .yours { background: #0b5a8f; border-color: #0b5a8f; color: #fff }
.machine .begun { background: linear-gradient(90deg, #0b5a8f55 50%, transparent 50%) }
.machine .borrowed { border-style: dashed; border-width: 2px }
.machine .to-write { border-color: #8886; background: #8882 }
.machine .here { outline: 2px solid #c8641b; outline-offset: 2px; font-weight: bold }
.machine .legend { font-size: smaller; opacity: .85 }
</style>"""
