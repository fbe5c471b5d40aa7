"""Slips that one change of a student's own code undoes: the line is named, and nothing else of it happens."""

import ast
import inspect
import linecache
import time
from itertools import chain, islice

import numpy as np
import pytest

from autograder.exercises.registry import all_exercises
from autograder.slips.flow import lines_of
from autograder.slips.tree import likely, unlikely
from autograder.student.checking import check_thing
from captioning.answers import library
from captioning.layers import reference

# What may have been meant is made once.
pytestmark = pytest.mark.xdist_group("slips")


@pytest.fixture(autouse=True)
def no_library(tmp_path, monkeypatch):
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


def checked(name, source, **more):
    """Check an answer, as a cell of a notebook defines it; return the verdict and the cell's names."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"np": np, "__name__": "__main__", **more}
    exec(compile(source, file, "exec"), names)
    return check_thing(all_exercises()[name], names[name.partition(".")[0]]), names


# --- The changes

SAMPLE = '''
def f(self, x, w, mode="a", *, eps=1e-8):
    """Say it."""
    N, T = x.shape
    total = np.zeros((N, T))
    for t in range(T):
        if mode == "a" and not t > 2:
            total[:, t] += -(x[:, t] * w[0] - self.a) / (N + eps)
        else:
            total[:, t] = self.b if t else np.sum(x[:, 1:], axis=0).dot(w.T)[:-1] ** 2
        h = total
    rows = [k // 2 for k in range(N)]
    y = x @ w
    return y, total
'''


def slips(function):
    return chain(likely(function), unlikely(function))


@pytest.mark.slow
def test_the_tree_is_as_it_was_after_each_change_and_another_while_it_lasts():
    tree = ast.parse(SAMPLE)
    before = ast.dump(tree, include_attributes=True)
    seen = []
    for slip in islice(slips(tree.body[0]), None, None, 5):
        assert 3 <= slip.line <= len(SAMPLE.splitlines())
        seen.append(ast.unparse(tree))
        compile(tree, "<changed>", "exec")
    assert ast.dump(tree, include_attributes=True) == before
    # Nearly all changes change something, and each something else.
    same = seen.count(ast.unparse(tree))
    assert same < 0.05 * len(seen)
    assert len(set(seen)) > 0.9 * len(seen)


@pytest.fixture(scope="module")
def lines():
    """Return all lines that a change makes."""
    tree = ast.parse(SAMPLE)
    return {line for _ in slips(tree.body[0]) for line in ast.unparse(tree).splitlines()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "meant",
    [
        "total[:, t] -= -(x[:, t] * w[0] - self.a) / (N + eps)",
        "total[:, t] = -(x[:, t] * w[0] - self.a) / (N + eps)",
        "total[:, t] += (x[:, t] * w[0] - self.a) / (N + eps)",
        "total[:, t] += -(x[:, t] * w[0] + self.a) / (N + eps)",
        "total[:, t] += -(x[:, t] * w[0] - self.b) / (N + eps)",
        "total[:, t] += -(x[:, t] * w[t] - self.a) / (N + eps)",
        "total[:, t] += -(x[:, t] * w[1] - self.a) / (N + eps)",
        "total[:, t] += -(x[:, t - 1] * w[0] - self.a) / (N + eps)",
        "total[:, t] += -(x[:, t] * w[0] - self.a) / N + eps",
        "total[:, t] += -(x[:, t] * w[0] - self.a) / (T + eps)",
        "total[:, t] += -(x[:, t] * w[0]) / (N + eps)",
        "total[:, t] += -(x[:, t] * w[0] - self.a) / (N + eps) * w",
        'if mode == "a" or not t > 2:',
        'if mode == "a" and not t >= 2:',
        'if mode == "a" and t > 2:',
        "for t in range(T - 1):",
        "for t in range(1, T):",
        "for t in reversed(range(T)):",
        "total[:, t] = self.b if t else np.sum(x[:, 1:], axis=1).dot(w.T)[:-1] ** 2",
        "total[:, t] = self.b if t else np.mean(x[:, 1:], axis=0).dot(w.T)[:-1] ** 2",
        "total[:, t] = self.b if t else np.sum(x[:, 1:], axis=0).dot(w)[:-1] ** 2",
        "total[:, t] = self.b if t else np.sum(x, axis=0).dot(w.T)[:-1] ** 2",
        "rows = [k / 2 for k in range(N)]",
        "y = w @ x",
        "y = x.T @ w",
        "return total, y",
    ],
)
def test_what_may_have_been_meant_is_among_the_changes(meant, lines):
    # As Python writes it.
    written = ast.unparse(ast.parse(f"def f():\n {meant}" + ("\n  pass" if meant[-1] == ":" else "")))
    assert written.splitlines()[1].strip().replace("t - 1", "t + -1").replace("T - 1", "T + -1") in {
        line.strip() for line in lines
    }


@pytest.mark.slow
@pytest.mark.parametrize("line", ["h = total", "rows = [k // 2 for k in range(N)]"])
def test_a_line_is_moved_out_of_its_loop_and_into_it(line, lines):
    assert {len(one) - len(one.lstrip()) for one in lines if one.strip() == line} >= {4, 8}


def test_where_one_output_alone_is_wrong_its_own_lines_come_first():
    (function,) = ast.parse(SAMPLE).body
    assert lines_of(function, [0]) == {13, 14}  # y, and what is returned
    assert lines_of(function, [1]) == {5, 8, 10, 14}
    assert lines_of(function, []) == set()


# --- The search

HELPED = """
def _slope(value):
    return 1 - 2 * value**2

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * _slope(next_h)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)
"""
BLEU = """
from collections import Counter
from captioning.layers import ngram_counts

def bleu(candidates, references, max_n=4):
    hits, runs = [0] * max_n, [0] * max_n
    ours = theirs = 0
    most = Counter()
    for candidate, several in zip(candidates, references):
        ours += len(candidate)
        theirs += min((abs(len(one) - len(candidate)), len(one)) for one in several)[1]
        for n in range(max_n):
            for one in several:
                most |= ngram_counts(one, n + 1)
            counts = ngram_counts(candidate, n + 1)
            hits[n] += sum(min(count, most[run]) for run, count in counts.items())
            runs[n] += sum(counts.values())
    if not all(hits):
        return 0.0
    logs = [np.log(hit / run) for hit, run in zip(hits, runs)]
    return float(np.exp(np.mean(logs) + min(0, 1 - theirs / ours)))
"""
EMBEDDING = """
def word_embedding_forward(x, W):
    out = np.zeros((*x.shape, W.shape[1]))
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[n, t] = W[x[n, t]]
            return out, (x, W)
"""
AFFINE = """
def affine_forward(x, w, b):
    rows = x.reshape(len(x), -1)
    out = np.empty((len(x), w.shape[1]))
    for m in range(w.shape[1]):
        out[:, m] = rows @ w[:, m] + b[0]
    return out, (x, w, b)
"""
RELATIVE = """
def relative_error(expected, actual):
    worst = 0.0
    for a, e in zip(np.ravel(actual), np.ravel(expected)):
        size = max(abs(a), abs(e))
        worst = abs(a - e) / size if size else 0.0
    return float(worst)
"""


EINSUM = """
def temporal_affine_backward(dout, cache):
    x, w, b = cache
    return np.einsum("ntm,dm->ntd", dout, w), np.einsum("ntd,nsm->dm", x, dout), dout.sum((0, 1))

def temporal_affine_forward(x, w, b):
    return x @ w + b, (x, w, b)
"""


# Right with one change, but for its type, and for a column of large numbers.
STANDARDIZE = """
def standardize(x, epsilon):
    mean = x.mean(axis=0)
    total = np.zeros(x.shape[1])
    for row in x:
        total = (row - mean) ** 2
    return (x - mean) / np.sqrt(total / len(x) + epsilon)
"""


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        (
            "standardize",
            STANDARDIZE,
            "Look at `total = (row - mean) ** 2`: what was there before",
        ),
        ("temporal_affine_backward", EINSUM, "in `ntd,nsm->dm` the 't' stands where another letter"),
        ("rnn_step_backward", HELPED, "Look at `return 1 - 2 * value**2`: "),
        ("bleu", BLEU, "Look at `most = Counter()`: it stands outside of the loop, and should not."),
        ("word_embedding_forward", EMBEDDING, "Look at `return out, (x, W)`: it stands in the loop"),
        ("affine_forward", AFFINE, "Look at `out[:, m] = rows @ w[:, m] + b[0]`: the index `0` is not"),
    ],
)
def test_the_line_of_a_slip_is_named(name, source, said):
    verdict, _ = checked(name, source)
    assert verdict.points == 0
    assert said in str(verdict), str(verdict)


def test_a_right_answer_is_not_changed_and_a_wrong_one_stays_what_it_was():
    told = []
    source = AFFINE.replace("    rows =", "    told.append(len(x))\n    rows =")
    verdict, names = checked("affine_forward", source.replace("b[0]", "b[m]"), told=told)
    assert verdict.works
    assert verdict.mistake is None
    before = dict(names)
    verdict, names = checked("affine_forward", source, told=told)
    assert verdict.mistake is not None
    assert names.keys() == before.keys()
    assert "b[0]" in inspect.getsource(names["affine_forward"])


@pytest.mark.slow
def test_what_it_prints_meanwhile_and_loops_without_an_end_do_no_harm(capsys):
    source = AFFINE.replace("for m in range(w.shape[1]):", "m = 0\n    while m < w.shape[1]:").replace(
        "+ b[0]", "+ b[0]\n        print('at', m)\n        m += 1"
    )
    began = time.monotonic()
    verdict, _ = checked("affine_forward", source)
    assert "b[0]" in str(verdict.mistake), str(verdict)
    assert len(capsys.readouterr().out.splitlines()) <= 6
    assert time.monotonic() - began < 60


@pytest.mark.slow
def test_of_two_slips_in_one_number_nothing_is_claimed():
    source = AFFINE.replace("rows @ w[:, m]", "2.5 * rows @ w[:, m] * m")
    verdict, _ = checked("affine_forward", source)
    assert verdict.points == 0
    assert "One change" not in str(verdict)


@pytest.mark.slow
def test_of_two_slips_in_two_outputs_the_first_is_named():
    source = HELPED.replace("2 * value", "value").replace(
        "x.T @ da, prev_h.T @ da, da.sum(axis=0)", "x.T @ da * 1.5, prev_h.T @ da, da.sum(axis=0) * 0.3"
    )
    verdict, _ = checked("rnn_step_backward", source)
    assert "One change" in str(verdict), str(verdict)
    assert "makes it right" not in str(verdict)


def test_a_wrong_forward_function_is_not_blamed_on_the_backward_one():
    verdict, _ = checked("rnn_step_backward", HELPED.replace("+ b)", "- b)"))
    assert "check(rnn_step_forward) first" in str(verdict)
    assert "One change" not in str(verdict)


@pytest.mark.slow
def test_a_method_is_changed_and_its_class_with_it():
    source = inspect.getsource(reference().CaptioningRNN)
    home = vars(inspect.getmodule(reference().CaptioningRNN))
    wrong = source.replace("captions[:, :-1]", "captions[:, 1:]")
    assert wrong != source
    more = {name: value for name, value in home.items() if not name.startswith("__")}
    verdict, _ = checked("CaptioningRNN.loss", wrong, **more)
    assert verdict.points == 0
    assert verdict.mistake is not None, str(verdict)
