"""Answers that are alike: what is found whatever it is called, and what is not."""

import random
import re
import time

import pytest

from autograder.exercises.registry import all_exercises
from autograder.grading.similarity import Pieces, definitions, pieces_of, pieces_of_reference, similar
from autograder.grading.workers import Cell
from tests.notebooks import CHAPTER, right_cells, stubs

NAMES = [exercise.name for exercise in all_exercises().values() if exercise.chapter == CHAPTER]

# One answer that nobody else writes like this.
OWN = '''
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """What it does."""
    rows = x.shape[0]
    result = np.empty((rows, Wh.shape[0]))
    for at in range(rows):  # row by row
        total = b.copy()
        for left, factor in enumerate(x[at]):
            total += factor * Wx[left]
        for left, factor in enumerate(prev_h[at]):
            total += factor * Wh[left]
        result[at] = (np.exp(total) - np.exp(-total)) / (np.exp(total) + np.exp(-total))
    return result, (x, prev_h, Wx, Wh, result)
'''
OTHER = """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    both = np.concatenate([x, prev_h], axis=1)
    weights = np.concatenate([Wx, Wh], axis=0)
    sums = np.einsum("nd,dh->nh", both, weights)
    sums += np.broadcast_to(b, sums.shape)
    h = 2 / (1 + np.exp(-2 * sums)) - 1
    while h.ndim > 2:
        h = h[0]
    return h, (x, prev_h, Wx, Wh, h)
"""


def renamed(source: str) -> str:
    """Return an answer as somebody hands it in who does not want it to be known."""
    for old, new in {"rows": "n", "result": "out_", "total": "acc", "left": "jj", "factor": "v_"}.items():
        source = re.sub(rf"\b{old}\b", new, source)
    source = source.replace("# row by row", "# my own idea").replace('"""What it does."""', '"""Mine."""')
    return source.replace("    for at in", "\n\n    for at in").replace(" * ", "*")


def pieces(*cells: str) -> Pieces:
    return pieces_of([Cell(f"c{n}", text) for n, text in enumerate(cells)], NAMES)


def test_an_answer_is_known_by_whatever_names_comments_and_spacing() -> None:
    assert pieces(OWN) == pieces(renamed(OWN))
    assert pieces(OWN) != pieces(OTHER)
    answers = {"ada": pieces(OWN), "bob": pieces(renamed(OWN)), "eve": pieces(OTHER), "max": pieces()}
    (pair,) = similar(answers)
    assert (pair.one, pair.other, pair.share) == ("ada", "bob", 1.0)
    assert pair.exercises == {"rnn_step_forward": 1.0}


def test_what_stands_between_the_signature_and_the_end_counts_and_other_cells_do_not() -> None:
    demo = "for i in range(9):\n    print(i)\nx = [i for i in range(7) if i % 2]"
    assert pieces(demo) == {}
    assert pieces("def broken(:", OWN) == pieces(OWN)
    # The last definition counts, as when it is graded.
    assert pieces(OTHER, OWN) == pieces(OWN)
    helper = OWN.replace("rnn_step_forward", "my_way")
    one, other = pieces(helper), pieces(renamed(helper).replace("my_way", "another"))
    assert set(one) == {"helpers"}
    assert one == other
    assert pieces_of([Cell("c", helper)], NAMES, frozenset({"my_way"})) == {}
    assert definitions([Cell("c", OWN), Cell("d", helper)]) == {"rnn_step_forward", "my_way"}


def test_the_reference_the_stub_and_what_many_have_say_nothing() -> None:
    known = [pieces_of_reference(NAMES), pieces(*stubs())]
    right = pieces(*right_cells())
    assert similar({"ada": right, "bob": right}) != []
    assert similar({"ada": right, "bob": right}, known) == []
    assert similar({"ada": pieces(*stubs()), "bob": pieces(*stubs())}, known) == []
    # Four of nine have it: a third may.
    few = {f"s{n}": pieces(OWN) for n in range(3)} | {f"t{n}": pieces() for n in range(6)}
    assert len(similar(few)) == 3
    assert similar(few | {"t0": pieces(OWN)}) == []


def test_deep_code_is_no_obstacle() -> None:
    deep = "def rnn_step_forward(x):\n    return " + "-" * 2000 + "x"
    assert pieces(deep).keys() <= {"rnn_step_forward"}


@pytest.mark.slow
def test_a_class_of_a_thousand_takes_seconds() -> None:
    """Each writes what nobody else does, but for one pair."""
    draw = random.Random(0)
    lines = ["a = np.{0}(a) + {1}", "for i in range({1}):\n        a[i] -= {1}", "if a.{0}() > {1}: a = -a",
             "a *= b[{1}:{1} + 2].{0}()", "while a.ndim > {1}: a = a.{0}(axis={1})"]  # fmt: skip

    def answer() -> str:
        body = [
            draw.choice(lines).format(draw.choice(["sum", "max", "mean", "min"]), draw.randrange(90))
            for _ in range(60)
        ]
        return "def rnn_forward(a, b):\n    " + "\n    ".join(body) + "\n    return a\n"

    answers = {f"s{n}": pieces(answer()) for n in range(1000)}
    answers["s999"] = answers["s7"]
    began = time.process_time()
    (pair,) = similar(answers)
    assert (pair.one, pair.other) == ("s7", "s999")
    assert time.process_time() - began < 15
