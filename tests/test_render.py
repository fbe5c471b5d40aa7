"""The renderings of a verdict."""

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.judge.diagnosis import diagnose
from autograder.judge.render import as_html, as_json, as_junit, as_text, from_json
from autograder.judge.verdict import Finding, Kind, Residual, Verdict

RNG = np.random.default_rng(0)
EXPECTED = RNG.standard_normal((2, 8))
ACTUAL = EXPECTED.copy()
ACTUAL[:, 2:4] *= -1
GATES = {"4H": ("input gate", "forget gate", "output gate", "candidate")}
FINDING = diagnose(EXPECTED, ACTUAL, ("H", "4H"), name="dWh", blocks=GATES, sizes={"N": 3, "H": 2})
WRONG = Verdict("lstm_step_backward", False, 0.0, 5.0, (FINDING,), "Think of the product rule.", 0.25)
RIGHT = Verdict("relu_forward", True, 1.0, 1.0, seconds=0.5)
HOSTILE = '<script>alert("1")</script>&\x1b[31m\x00'

texts = st.text(max_size=30)
numbers = st.floats() | st.integers(-(10**6), 10**6) | st.none() | texts
residuals = st.builds(
    Residual,
    st.integers(1, 4).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(0, 1e9) | st.just(math.nan), min_size=n, max_size=n).map(tuple),
            min_size=1,
            max_size=4,
        ).map(tuple)
    ),
    texts,
    texts,
)
findings = st.builds(
    Finding,
    st.sampled_from(list(Kind)),
    texts,
    texts,
    st.none() | st.lists(st.integers(0, 9), max_size=3).map(tuple),
    st.dictionaries(texts, st.floats(allow_nan=False, allow_infinity=False) | st.integers() | texts),
    texts,
    st.none() | residuals,
)
verdicts = st.builds(
    Verdict,
    texts,
    st.booleans(),
    st.floats(0, 100),
    st.floats(0, 100),
    st.lists(findings, max_size=3).map(tuple),
    st.none() | texts,
    st.floats(0, 100),
)
many = settings(max_examples=80, deadline=None)


class Reader(HTMLParser):
    """Collects tags, attributes and text, and holds tags to being closed in their order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = "".join(self.words)

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_text():
    lines = as_text(WRONG).splitlines()
    assert lines[0] == "lstm_step_backward: not yet, 0 of 5 points"
    assert lines[1].startswith(
        "- dWh: is wrong only in the forget gate (H:2H of 4H), with the sign turned; at ["
    )
    assert lines[2:] == ["  Think of the product rule.", "Tried with N=3, H=2."]
    assert as_text(RIGHT) == "relu_forward: right, 1 of 1 point"


def test_html_says_all_that_the_text_says_and_draws_the_error():
    html = Reader(as_html(WRONG))
    assert "lstm_step_backward: not yet, 0 of 5 points" in html.text
    assert FINDING.sentence in html.text
    assert "Think of the product rule." in html.text
    assert html.tags.count("svg") == 1
    assert "Where the error of dWh sits" in html.text
    # Entries are told apart by their form, not by colour alone: squares where it is wrong, dots elsewhere.
    assert html.tags.count("rect") == 1 + 4
    assert html.tags.count("circle") == 12
    assert {"H \N{DOWNWARDS ARROW}", "4H \N{RIGHTWARDS ARROW}"} <= set(html.words)
    colours = {value for name, value in html.attributes if name in {"fill", "stroke", "color"}}
    assert colours == {"currentColor", "none"}
    assert "svg" not in Reader(as_html(RIGHT)).tags


def test_html_needs_nothing_from_elsewhere():
    html = Reader(as_html(WRONG))
    assert not {"script", "link", "img", "iframe", "image"} & set(html.tags)
    assert not {"href", "src", "onload"} & {name for name, _ in html.attributes}
    assert "url(" not in as_html(WRONG)


@pytest.mark.parametrize(
    ("axis", "columns", "lines"), [("4H", 8, 3), ("3H", 6, 2), ("H", 8, 0), ("4H", 7, 0)]
)
def test_blocks_of_an_axis_are_told_apart(axis, columns, lines):
    residual = Residual(((0.5,) * columns,), "N", axis)
    verdict = replace(WRONG, findings=(replace(WRONG.findings[0], residual=residual),))
    assert as_html(verdict).count("<path d=") == lines


def test_what_is_not_finite_is_a_cross():
    residual = Residual(((0.0, math.nan), (0.5, 1.0)), "N", "D")
    verdict = Verdict("f", False, 0, 1, (Finding(Kind.NON_FINITE, "x", "x is NaN.", residual=residual),))
    assert Reader(as_html(verdict)).tags.count("path") == 1


def test_hostile_words_stay_words():
    residual = Residual(((1.0,),), HOSTILE, HOSTILE)
    finding = Finding(Kind.RAISED, HOSTILE, HOSTILE, case=HOSTILE, residual=residual)
    verdict = Verdict(HOSTILE, False, 0, 1, (finding,), HOSTILE)
    html = Reader(as_html(verdict))
    assert "script" not in html.tags
    assert '<script>alert("1")</script>&' in html.text
    for rendered in (as_html(verdict), as_text(verdict), as_junit([verdict])):
        assert "\x1b" not in rendered
        assert "\x00" not in rendered
    ET.fromstring(as_junit([verdict]))


@pytest.mark.slow
@many
@given(verdicts)
def test_html_is_well_formed_whatever_a_verdict_says(verdict):
    Reader(as_html(verdict))


@pytest.mark.slow
@many
@given(verdicts)
def test_json_there_and_back(verdict):
    data = as_json(verdict)
    text = json.dumps(data, allow_nan=False)
    assert data == json.loads(text)
    again = from_json(json.loads(text))
    assert repr(again) == repr(verdict)  # NaN is not equal to itself


def test_json_of_what_is_no_verdict():
    with pytest.raises(KeyError):
        from_json({"exercise": "f"})
    with pytest.raises(ValueError, match="banana"):
        from_json(as_json(WRONG) | {"findings": [as_json(WRONG)["findings"][0] | {"kind": "banana"}]})


def test_junit():
    raised = Verdict("f", False, 0, 1, (Finding(Kind.RAISED, "", "f raised ValueError."),), seconds=1)
    stub = Verdict("g", False, 0, 1, (Finding(Kind.NOT_WRITTEN, "", "g is yours to write."),))
    root = ET.fromstring(as_junit([RIGHT, WRONG, raised, stub], "10_lstm"))
    (suite,) = root
    counts = {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped", "time")}
    assert counts == {
        "name": "10_lstm", "tests": "4", "failures": "1", "errors": "1", "skipped": "1", "time": "1.750"
    }  # fmt: skip
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == ["relu_forward", "lstm_step_backward", "f", "g"]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["error"], ["skipped"]]
    (points,) = suite.iterfind("properties/property")
    assert (points.get("name"), points.get("value")) == ("points", "1 of 8")
    failure = cases[1][0]
    assert failure.get("type") == "wrong only at"
    assert failure.get("message") == FINDING.sentence
    assert failure.text == as_text(WRONG)


@pytest.mark.slow
@many
@given(st.lists(verdicts, max_size=3))
def test_junit_is_xml_whatever_verdicts_say(some):
    root = ET.fromstring(as_junit(some))
    assert len(root[0].findall("testcase")) == len(some)


def test_a_large_residual_is_drawn_small():
    expected = RNG.standard_normal((3, 100, 200))
    actual = expected.copy()
    actual[:, 40, 7] += 1
    finding = diagnose(expected, actual, ("N", "I", "J"))
    assert (finding.residual.rows, finding.residual.columns) == ("I", "J")
    drawn = np.array(finding.residual.values)
    assert drawn.shape == (32, 32)
    assert np.count_nonzero(drawn) == 1
