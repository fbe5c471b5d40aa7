"""The grader's side: the reference, stubs and mistakes, and what is found by asking again."""

import json
import subprocess
import sys
from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from autograder.asking import examiner
from autograder.asking.probe import probe
from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise, backward_exercise, forward_exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import grade, the_reference
from autograder.judge.findings import find
from autograder.judge.verdict import Kind
from autograder.mistakes.registry import all_mistakes
from autograder.proof import prove
from captioning.layers import reference

EXERCISES = all_exercises()


def answering(**own):
    """Return the reference with some layers replaced."""
    return InProcess(SimpleNamespace(**vars(reference()) | own))


def without_time(verdict):
    return {key: value for key, value in vars(verdict).items() if key != "seconds"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm_step_backward", "lstm_forward"])
@pytest.mark.parametrize(("third", "seed"), [(0, 0), (1, 1), (2, [7, 8, 9])])
def test_equal_seeds_give_equal_verdicts(name, third, seed, whole):
    exercise = EXERCISES[name]
    assert grade(exercise, the_reference(), seed).passed
    mistakes = [mistake for mistake in all_mistakes() if mistake.exercise == name]
    for mistake in mistakes if whole else mistakes[third::3]:
        verdicts = [grade(exercise, InProcess(mistake.layers()), seed) for _ in range(2)]
        assert without_time(verdicts[0]) == without_time(verdicts[1])
        assert verdicts[0].mistake is not None or verdicts[0].works


@pytest.mark.proof
@pytest.mark.parametrize("name", list(EXERCISES))
def test_the_reference_passes_whatever_the_seed(name):
    for seed in range(5):
        assert grade(EXERCISES[name], the_reference(), seed).passed


@pytest.mark.parametrize("name", [name for name in EXERCISES if "." not in name])
def test_an_answer_that_only_spoils_what_it_is_given_is_told_that_and_nothing_else(name):
    """Whatever an exercise asks next, it must not be asked with the spoilt arrays."""
    right = getattr(reference(), name)

    def spoiling(*arguments, **options):
        returned = deepcopy(right(*arguments, **options))
        for value in (*arguments, *options.values()):
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                value *= 0
        return returned

    exercise = EXERCISES[name]
    verdict = grade(exercise, answering(**{name: spoiling}), 1)
    assert {finding.kind for finding in verdict.findings} <= {Kind.MUTATED}
    assert verdict.passed or verdict.points == exercise.points_for_arithmetic


def test_a_number_that_is_whole_in_float64_may_be_an_integer():
    exercise = Exercise("count", 1, 1, {"x": "N"}, {"norm": ""}, lambda layers, a: (layers.count(a["x"]),))
    right = SimpleNamespace(count=lambda x: x.dtype.type(len(x)))
    integer = SimpleNamespace(count=lambda x: len(x) if x.dtype == np.float64 else right.count(x))
    for layers in (right, integer):
        outcome = InProcess(layers).ask(exercise, {"x": np.ones(3)})
        narrow = {"x": np.ones(3, dtype=np.float32)}
        assert examiner._wrong_in_float32(exercise, InProcess(layers), narrow, outcome) == []


def test_a_right_answer_in_other_words_passes():
    def lstm_gates(x, prev_h, Wx, Wh, b):
        gates = np.concatenate([x, prev_h], axis=1) @ np.concatenate([Wx, Wh]) + b
        H = prev_h.shape[1]
        gates[:, : 3 * H] = 0.5 * (1 + np.tanh(gates[:, : 3 * H] / 2))
        gates[:, 3 * H :] = np.tanh(gates[:, 3 * H :])
        return gates

    verdict = grade(EXERCISES["lstm_gates"], answering(lstm_gates=lstm_gates), 3)
    assert verdict.passed
    assert verdict.points == verdict.max_points == EXERCISES["lstm_gates"].points


def gates_with(change):
    return answering(lstm_gates=lambda *arguments: change(reference().lstm_gates(*arguments)))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda gates: gates * (1 + 1e-6), Kind.FACTOR),
        (lambda gates: gates + 1e-8, Kind.EXTRA_TERM),
        (lambda gates: gates.astype(np.float32).astype(np.float64), Kind.FLOAT32),
        (lambda gates: gates.astype(np.float64), Kind.DTYPE),
        (lambda gates: gates.astype(np.float32), Kind.DTYPE),
        (lambda gates: gates.astype(np.float16).astype(gates.dtype), Kind.VALUE),
    ],
)
def test_small_differences_are_seen(change, kind):
    verdict = grade(EXERCISES["lstm_gates"], gates_with(change), 0)
    assert not verdict.passed
    assert verdict.points == (EXERCISES["lstm_gates"].points_for_arithmetic if kind == Kind.DTYPE else 0)
    assert verdict.findings[0].kind == kind


def test_a_wrong_type_shows_with_float32_inputs():
    verdict = grade(EXERCISES["lstm_gates"], gates_with(lambda gates: gates.astype(np.float64)), 0)
    assert verdict.findings[0].sentence.startswith(
        "With float32 inputs: gates is of float64, expected float32"
    )


def test_finite_differences_do_not_pass_for_a_derivative():
    def relu_backward(dout, cache):
        x, h = cache, 1e-5
        return dout * (np.maximum(x + h, 0) - np.maximum(x - h, 0)) / (2 * h)

    forward = forward_exercise("relu_forward", 3, 1, {"x": "N D"}, {"out": "N D"})
    exercise = backward_exercise("relu_backward", 1, forward)
    assert grade(exercise, the_reference(), 0).passed
    assert not grade(exercise, answering(relu_backward=relu_backward), 0).passed


def test_a_gradient_that_is_cut_off_is_not_linear():
    forward = forward_exercise("relu_forward", 3, 1, {"x": "N D"}, {"out": "N D"})
    exercise = backward_exercise("relu_backward", 1, forward)

    def relu_backward(dout, cache):
        return np.clip(reference().relu_backward(dout, cache), -20, 20)

    (finding,) = grade(exercise, answering(relu_backward=relu_backward), 0).findings
    assert finding.kind == Kind.NOT_LINEAR
    assert "dx is right for small dout, and wrong when it is 100 times as large" in finding.sentence


def test_a_reference_that_fails_is_not_the_student_s_fault():
    exercise = Exercise("no_such_layer", 1, 1, {}, {"x": ""}, lambda layers, a: (layers.no_such_layer(),))
    with pytest.raises(ValueError, match="the reference fails at no_such_layer"):
        grade(exercise, answering(no_such_layer=lambda: 1.0), 0)


# Asking again


def probed(name, respondent):
    exercise = EXERCISES[name]
    arguments = exercise.cases(np.random.default_rng(0))[0]

    right, outcome = the_reference().call(exercise, arguments), respondent.ask(exercise, arguments)
    findings = find(exercise, arguments, right, outcome, tolerance=1e-9)
    probed = probe(exercise, arguments, findings, respondent, the_reference())
    return {finding.argument: finding for finding in probed}


def step_backward_with(change):
    return answering(lstm_step_backward=change)


def test_a_path_that_is_missing():
    def backward(dnext_h, dnext_c, cache):
        dx, dprev_h, _, *rest = reference().lstm_step_backward(dnext_h, dnext_c, cache)
        _, _, without, *_ = reference().lstm_step_backward(0 * dnext_h, dnext_c, cache)
        return dx, dprev_h, without, *rest

    found = probed("lstm_step_backward", step_backward_with(backward))
    assert found["dprev_c"].kind == Kind.MISSING_TERM
    assert "What comes from dnext_h is missing altogether; the rest is right." in found["dprev_c"].sentence


def test_what_is_wrong_with_one_upstream_gradient():
    def backward(dnext_h, dnext_c, cache):
        return reference().lstm_step_backward(dnext_h, -dnext_c, cache)

    found = probed("lstm_step_backward", step_backward_with(backward))
    assert found["dx"].kind == Kind.SIGN
    assert "Only what comes from dnext_c is wrong: dx: has the sign turned" in found["dx"].sentence


def test_wrong_for_both_is_no_path():
    def backward(dnext_h, dnext_c, cache):
        dx, *rest = reference().lstm_step_backward(dnext_h, dnext_c, cache)
        return np.tanh(dx), *rest

    assert probed("lstm_step_backward", step_backward_with(backward))["dx"].kind == Kind.VALUE


def lstm_backward_with(is_carried, is_added):
    """Return an LSTM's backward by steps, with what a student may forget."""

    def backward(dh, cache):
        reference_layers = reference()
        x, h0, Wx, Wh, b = cache
        T = x.shape[1]
        states, caches = (h0, np.zeros_like(h0)), []
        for t in range(T):
            *states, step_cache = reference_layers.lstm_step_forward(x[:, t], *states, Wx, Wh, b)
            caches.append(step_cache)
        dx, sums = np.zeros_like(x), None
        dprev_h = dprev_c = np.zeros_like(h0)
        for t in reversed(range(T)):
            back = dprev_h if is_carried else 0 * dprev_h
            dx[:, t], dprev_h, dprev_c, *dw = reference_layers.lstm_step_backward(
                dh[:, t] + back, dprev_c if is_carried else 0 * dprev_c, caches[t]
            )
            sums = dw if sums is None or not is_added else [a + b for a, b in zip(sums, dw, strict=True)]
        return dx, dprev_h, *sums

    def forward(x, h0, Wx, Wh, b):
        h, _ = reference().lstm_forward(x, h0, Wx, Wh, b)
        return h, (x, h0, Wx, Wh, b)

    return answering(lstm_forward=forward, lstm_backward=backward)


@pytest.mark.slow
def test_through_time():
    exercise = EXERCISES["lstm_backward"]
    assert grade(exercise, lstm_backward_with(True, True), 0).passed
    found = probed("lstm_backward", lstm_backward_with(False, True))
    assert {finding.kind for finding in found.values()} == {Kind.NOT_CARRIED}
    assert found["dx"].sentence.startswith("dx: is right at the last time step and wrong at every one before")
    assert "what comes back from later steps is not" in found["dWx"].sentence
    found = probed("lstm_backward", lstm_backward_with(True, False))
    assert set(found) == {"dWx", "dWh", "db"}
    assert {finding.kind for finding in found.values()} == {Kind.MISSING_TERM}
    assert "is dWx added up over the time steps" in found["dWx"].sentence


def changed_forward(change):
    """Return an LSTM's step whose arguments are changed before."""

    def forward(x, prev_h, prev_c, Wx, Wh, b):
        return reference().lstm_step_forward(*change(x, prev_h, prev_c, Wx, Wh, b))

    return answering(lstm_step_forward=forward)


def in_gate_order(array, *order):
    pieces = np.split(array, 4, axis=-1)
    return np.concatenate([pieces[k] for k in order], axis=-1)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (lambda x, h, c, Wx, Wh, b: (x, h, c, Wx, Wh, 0 * b), Kind.MISSING_TERM, "does not depend on b"),
        (lambda x, h, c, Wx, Wh, b: (x, c, h, Wx, Wh, b), Kind.ORDER, "With prev_h and prev_c exchanged"),
        (lambda x, h, c, Wx, Wh, b: (x, -h, c, Wx, Wh, b), Kind.SIGN, "With -prev_h for prev_h"),
        (lambda x, h, c, Wx, Wh, b: (x, h, c, 2 * Wx, Wh, b), Kind.FACTOR, "With x divided by 2 it is right"),
        (lambda x, h, c, Wx, Wh, b: (x, h, c, Wx, np.tanh(Wh), b), Kind.WHERE, "Where prev_h or Wh is 0"),
        (
            lambda x, h, c, Wx, Wh, b: (x, h, np.tanh(c), Wx, Wh, b),
            Kind.WHERE,
            "Where prev_c is 0 it is right",
        ),
        (lambda x, h, c, Wx, Wh, b: (x, h - h.mean(axis=0), c, Wx, Wh, b), None, ""),
        (
            lambda x, h, c, Wx, Wh, b: (
                x,
                h,
                c,
                *(in_gate_order(array, 1, 0, 2, 3) for array in (Wx, Wh, b)),
            ),
            Kind.GATE_ORDER,
            "input gate and forget gate are confused",
        ),
        (lambda x, h, c, Wx, Wh, b: (np.sin(x), h, c, Wx, np.cos(Wh), b), Kind.VALUE, "all of its 6 entries"),
    ],
)
def test_what_other_arguments_tell(change, kind, words):
    finding = probed("lstm_step_forward", changed_forward(change))["next_h"]
    assert kind is None or finding.kind == kind
    assert words in finding.sentence


def test_a_matrix_that_is_transposed():
    def forward(x, prev_h, Wx, Wh, b):
        return reference().rnn_step_forward(x, prev_h, Wx, Wh.T, b)

    finding = probed("rnn_step_forward", answering(rnn_step_forward=forward))["next_h"]
    assert finding.kind == Kind.TRANSPOSED
    assert "With Wh transposed it is right" in finding.sentence


def test_examples_that_are_mixed():
    def forward(x, prev_h, Wx, Wh, b):
        return reference().rnn_step_forward(x, 0 * prev_h + prev_h.mean(axis=0), Wx, Wh, b)

    finding = probed("rnn_step_forward", answering(rnn_step_forward=forward))["next_h"]
    assert finding.kind == Kind.WHERE
    assert "For a single example it is right: with several, their numbers are mixed." in finding.sentence


def test_a_mask_that_is_misunderstood():
    def loss(x, y, mask):
        loss, dx = reference().temporal_softmax_loss(x, y, np.ones_like(mask))
        return loss, np.where(mask[..., None], dx, np.sin(x))

    findings = probed("temporal_softmax_loss", answering(temporal_softmax_loss=loss))
    assert findings["loss"].kind == Kind.MISSING_TERM or findings["loss"].kind == Kind.WHERE
    assert "mask" in findings["loss"].sentence
    assert "where mask is False" in findings["dx"].sentence


# The proof itself


def test_what_does_not_hold_is_seen():
    proof = prove.ExerciseProof("lstm_gates", "", 0.0, ())
    assert proof.holds
    assert not prove.ExerciseProof("lstm_gates", "it fails", 0.0, ()).holds
    assert not prove.ExerciseProof("lstm_gates", "", 1.0, ()).holds
    missed = mistake_named("no mistake at all")
    made = prove.MistakeProof(missed, False, False, None, False, False, "")
    bad = prove.ExerciseProof("lstm_gates", "", 0.0, (made,))
    assert not bad.holds
    assert "NOT CAUGHT" in prove.table([bad])
    assert "0 caught by the grader (0%)" in prove.summary([bad])


@pytest.mark.parametrize(
    ("only_grader", "seen", "holds", "word"),
    [
        ("", True, True, "caught"),
        ("", False, False, "NOT CAUGHT"),
        ("it is too small", False, True, "the grader only"),
        ("it is too small", True, False, "CAUGHT, NOT EXPECTED"),
    ],
)
def test_the_student_s_side_catches_all_but_what_only_the_grader_can(only_grader, seen, holds, word):
    mistake = mistake_named("some", only_grader=only_grader)
    made = prove.MistakeProof(mistake, True, seen, Kind.SIGN, True, True, "")
    proof = prove.ExerciseProof("lstm_gates", "", 0.0, (made,))
    assert proof.holds is holds
    assert word in prove.table([proof])


def mistake_named(name, only_grader="", layers=reference):
    return SimpleNamespace(
        exercise="lstm_gates",
        name=name,
        kind=Kind.SIGN,
        sentence="",
        only_grader=only_grader,
        as_written=False,
        layers=layers,
    )


def test_a_mistake_that_is_none_is_not_caught_and_a_right_stub_gets_points(monkeypatch):
    monkeypatch.setattr(prove, "stubbed", lambda name, returns_none: reference())
    proof = prove.prove(EXERCISES["lstm_gates"], [mistake_named("none")])
    assert not proof.mistakes[0].caught
    assert not proof.mistakes[0].seen_by_student
    assert proof.stub_points == EXERCISES["lstm_gates"].points


@pytest.mark.slow
def test_the_command():
    done = CliRunner().invoke(prove.main, ["--exercise", "lstm_step_backward", "--sentences"])
    assert done.exit_code == 0, done.output
    assert "(the reference)" in done.output
    assert "no path of the cell through the hidden state" in done.output
    assert "named by the diagnosis or the catalogue (100%)" in done.output
    assert "dprev_c" in done.output
    assert CliRunner().invoke(prove.main, ["--exercise", "banana"]).exit_code == 2


@pytest.mark.slow
def test_all_verdicts_of_both_sides_are_written(tmp_path):
    file = tmp_path / "verdicts.json"
    done = CliRunner().invoke(prove.main, ["--exercise", "relu_forward", "--verdicts", str(file)])
    assert done.exit_code == 0, done.output
    verdicts = json.loads(file.read_text(encoding="utf-8"))
    mistakes = [mistake for mistake in all_mistakes() if mistake.exercise == "relu_forward"]
    assert len(verdicts) == 3 + len(mistakes)
    assert f"{len(verdicts)} answers, judged by both sides" in done.output
    passed = {(key, side): said[side]["passed"] for key, said in verdicts.items() for side in said}
    assert {key for key, has_passed in passed.items() if has_passed} == {
        ("relu_forward|reference", "grader"),
        ("relu_forward|reference", "student"),
    }
    for mistake in mistakes:
        said = verdicts[f"relu_forward|mistake: {mistake.name}"]["grader"]
        assert said["mistake"] == mistake.sentence or said["findings"][0]["is_contract"]
    assert "seconds" not in verdicts["relu_forward|reference"]["grader"]


@pytest.mark.slow
def test_the_package_proves():
    command = [sys.executable, "-m", "autograder.proof", "--exercise", "banana"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no exercise 'banana'" in done.stderr


def test_the_command_fails_where_the_proof_does(monkeypatch):
    monkeypatch.setattr(prove, "prove", lambda *_: prove.ExerciseProof("lstm_gates", "no", 0.0, ()))
    done = CliRunner().invoke(prove.main, ["--exercise", "lstm_gates"])
    assert done.exit_code == 1
    assert "lstm_gates: the reference fails: no" in done.output


def test_shares_that_are_too_low_are_told():
    named = prove.MistakeProof(mistake_named("one"), True, True, Kind.SIGN, True, True, "")
    unnamed = prove.MistakeProof(mistake_named("two"), True, True, Kind.VALUE, False, False, "")
    assert prove.too_few_named([prove.ExerciseProof("lstm_gates", "", 0.0, (named,))]) == []
    assert prove.too_few_named([prove.ExerciseProof("lstm_gates", "", 0.0, (named, unnamed))]) == [
        "too few causes are named: 50.0%, expected at least 95%",
        "too few causes are named to the student: 50.0%, expected at least 95%",
        "too few causes are rightly named: 50.0%, expected at least 60%",
    ]
