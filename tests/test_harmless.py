"""What students write, as it is shown: nothing runs or is fetched, nothing takes long, nothing is lost."""

import base64
import re
import time

import pytest

from autograder.grading.harmless import with_pictures
from autograder.grading.shown import as_harmless_html

PICTURE = base64.b64encode(b"\x89PNG a drawing of the cell").decode()
EVIL = {
    "a link in a formula": r"$\href{javascript:window.pwned=1}{x}$ $$\unicode{x}\style{color:red}{y}$$",
    "a formula that ends an attribute": '![$\\text{" onerror=pwned x="}$](x "$\\text{" onload=pwned}$")',
    "text that looks like what is set aside": '<span lang="0-0"></span> src="https://0.invalid/0"',
    "SVG": "<svg onload=pwned><style>@import 'http://evil'</style><image href=http://evil /></svg>",
    "MathML": "<math><mi href=javascript:pwned>x</mi><maction actiontype=statusline>y</maction></math>",
    "a form": "<form action=http://evil><input name=x><button formaction=javascript:p>Save</button></form>",
    "a style": "<style>body { display: none }</style><p style='position: fixed' class=score>x</p>",
    "a document": "<base href=http://evil><meta http-equiv=refresh content=0><link href=//evil>",
    "frames": "<iframe src=http://evil></iframe><object data=http://evil></object><embed src=http://evil>",
    "media": "<video src=http://evil onerror=pwned></video><audio src=//evil></audio>",
    "a picture of elsewhere": "![x](http://evil/who) <img src=//evil srcset='http://evil 2x'> ![y](/x)",
    "data that are a page": f"[x](data:text/html;base64,{PICTURE}) <a href='data:text/html,pwned'>y</a>",
    "a link to a picture": f"[x](data:image/png;base64,{PICTURE})",
    "a link in Markdown": "[x](javascript:pwned) [y](\x01javascript:pwned) <javascript:p> [z](vbscript:p)",
    "comments": "<!--><img src=x onerror=pwned>--> <!-- --!><img src=x onerror=pwned>",
    "odd nesting": "<noscript><p title='</noscript><img src=x onerror=pwned>'>",
}


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_runs_and_nothing_is_fetched(evil: str) -> None:
    html = as_harmless_html(f"before\n\n{EVIL[evil]}\n\nafter")
    tags = re.findall(r"<[a-z][^>]*>", html)
    for tag in tags:
        assert not re.search(r"\son\w+=|\s(style|class|id|action|formaction|srcset)=|<(m|t)?action", tag), tag
        assert not re.search(r"(src|href)=\"?(javascript|vbscript|data|//)", tag, re.IGNORECASE), tag
        assert not tag.startswith(
            ("<script", "<svg", "<style", "<form", "<iframe", "<object", "<base", "<meta", "<link", "<video")
        ), tag
        assert not ("<img" in tag and "src" in tag), tag
    assert "before" in html
    assert "after" in html


# Formulas in pages without a network, and what cannot be read as it was written.
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("with $a < b$ and **bold**", "<mi>a</mi><mo>&lt;</mo><mi>b</mi></math> and <strong>bold</strong>"),
        ("$$\\frac{1}{2}$$", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        ("\\begin{align}a&=b\\end{align}", "<mtable"),
        ("$\\nonsense{<b>x</b>}$", "$\\nonsense{&lt;b&gt;x&lt;/b&gt;}$"),
        ("`$x$` costs $5", "<code>$x$</code> costs $5"),
    ],
)
def test_formulas_need_no_network(source: str, said: str) -> None:
    assert said in as_harmless_html(source)


def test_pictures_that_came_with_a_cell_are_shown_and_one_that_did_not_harms_nobody() -> None:
    data = f"data:image/png;base64,{PICTURE}"
    for attachments in (
        {"a.png": {"image/png": PICTURE}},
        {"a.png": {"image/png": [PICTURE[:9], "\n", PICTURE[9:]]}},
    ):
        source = with_pictures("See ![my drawing](attachment:a.png)", attachments)
        assert f'src="{data}"' in as_harmless_html(source)
    assert f'src="{data}"' in as_harmless_html(f"Colab: ![x]({data})")
    odd = [
        {},
        {"a.png": 3},
        {"a.png": {}},
        {"a.png": {"image/svg+xml": "<svg>"}},
        {"a.png": {"image/png": '"><b>'}},
    ]
    for attachments in odd:
        html = as_harmless_html(with_pictures("![my drawing](attachment:a.png) and more", attachments))
        assert "my drawing" in html
        assert "and more" in html
        assert "src=" not in html


# Of each a megabyte; Markdown takes minutes or hours for some.
@pytest.mark.parametrize(
    "piece", ["\\\\(", "\\begin{a}", "[", "![](", "*a ", "> ", "- ", "`a", "<a ", "$a", "|a", "~"]
)
def test_no_text_takes_long_to_show(piece: str) -> None:
    for length in (9_500, 1 << 20):
        began = time.process_time()
        as_harmless_html(piece * (length // len(piece)))
        assert time.process_time() - began < 20
