"""Formulas as MathML: what they say, and where a line may break."""

import re

import pytest

from coursebuilder.errors import ChapterError
from coursebuilder.formulas import mathml


def pieces(html: str) -> list[str]:
    """Return the signs of each part of a formula."""
    return [re.sub(r"<[^>]+>", "", piece) for piece in re.split("<wbr>|<span[^>]*> </span>", html)]


def test_a_short_formula_is_one_element() -> None:
    assert mathml("(N, D)", display=False) == (
        '<math><mo stretchy="false">(</mo><mi>N</mi><mo>,</mo><mi>D</mi><mo stretchy="false">)</mo></math>'
    )


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("c = f + i", ["c", "=f", "+i"]),
        ("x = -1", ["x", "=\N{MINUS SIGN}1"]),
        ("a, \\qquad b, \\quad c", ["a,", "b,", "c"]),
        ("h = \\tanh(x + y)^2 + b", ["h", "=tanh⁡(x+y)2", "+b"]),
        ("\\frac{|p - q|}{|p| + |q|} \\approx |p - q|", ["|p\N{MINUS SIGN}q||p|+|q|", "≈|p\N{MINUS SIGN}q|"]),
        ("(N, D) - (D,) \\to (N, D)", ["(N,D)", "\N{MINUS SIGN}(D,)", "→(N,D)"]),
    ],
)
def test_lines_break_before_relations_sums_and_wide_spaces(tex: str, expected: list[str]) -> None:
    assert pieces(mathml(tex, display=True)) == expected


def test_a_wide_space_does_not_move_what_begins_a_line() -> None:
    html = mathml("a, \\qquad b", display=True)
    assert "mspace" not in html
    assert '<span class="space-2em"> </span><math displaystyle="true"><mi>b</mi></math>' in html


def test_an_operator_after_a_break_is_no_sign() -> None:
    assert '<mo form="infix">+</mo>' in mathml("a + b", display=True)
    assert "infix" not in mathml("-a", display=True)


def test_a_long_formula_in_a_line_may_break() -> None:
    assert len(pieces(mathml("h_2 = \\tanh(-0.5 + 0.5 \\cdot 0.4621) = -0.2626", display=False))) == 3
    assert len(pieces(mathml("a = b", display=False))) == 1


def test_names_of_html_are_no_stumbling_block() -> None:
    assert "\N{FUNCTION APPLICATION}" in mathml("\\tanh(a) < b", display=False)
    assert "&lt;" in mathml("\\tanh(a) < b", display=False)


def test_a_big_bracket_with_an_exponent_stands_as_high_as_its_partner() -> None:
    assert re.search(
        r"<msup><mrow><mo minsize[^>]*>\)</mo></mrow><mn>2</mn>", mathml("\\big( u \\big)^2", display=True)
    )


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(ChapterError, match=r"'\\\\frac1' cannot be read"):
        mathml("\\frac1", display=False)
