"""Right notebooks as editors, students and networks make them: all points; and what cannot be read."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path

from tests.attacks import NAME, POINTS, Course, Notebook, cell_of, code, markdown

STARTER = Path(__file__).parents[1] / "starter"
Content = Notebook | bytes | str
Change = Callable[[Notebook], object]


def _answers(notebook: Notebook) -> list[dict]:
    return [cell_of(notebook, name) for name in POINTS]


def _deleted_checks(notebook: Notebook) -> None:
    for name in POINTS:
        notebook["cells"].remove(cell_of(notebook, f"check_{name}"))


def _deleted_prose(notebook: Notebook) -> None:
    notebook["cells"] = [each for each in notebook["cells"] if each["cell_type"] == "code"]


def _copied(notebook: Notebook) -> None:
    notebook["cells"] += copy.deepcopy(notebook["cells"])


def _reversed(notebook: Notebook) -> None:
    notebook["cells"].reverse()


def _retyped(notebook: Notebook) -> None:
    for answer in _answers(notebook):
        notebook["cells"].append(code(answer["source"]))
        answer.update(markdown("moved to the end"), metadata=answer["metadata"])


def _split(notebook: Notebook) -> None:
    for answer in _answers(notebook):
        at = notebook["cells"].index(answer)
        text = "".join(answer["source"])
        notebook["cells"][at : at + 1] = [code("HALF = 0.5"), code(text), code("# and so on")]


def _merged(notebook: Notebook) -> None:
    whole = "\n\n".join("".join(each["source"]) for each in notebook["cells"] if each["cell_type"] == "code")
    notebook["cells"] = [code(re.sub(r"(?m)^( *)%.*$", r"\1pass", whole))]


def _edited_facts(notebook: Notebook) -> None:
    for each in notebook["cells"]:
        each["metadata"]["nbgrader"] = {**each["metadata"].get("nbgrader", {}), "points": 200, "locked": 7}
    cell_of(notebook, "check_rnn_forward")["source"] = "pass"


def _colab(notebook: Notebook) -> None:
    notebook["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}
    for number, each in enumerate(notebook["cells"]):
        each["metadata"] = {"id": f"x{number}", "outputId": "y", "colab": {"base_uri": "https://localhost"}}
        each.pop("id", None)


def _vs_code(notebook: Notebook) -> None:
    notebook["metadata"] |= {"language_info": {"name": "python"}, "orig_nbformat": 4}
    for each in notebook["cells"]:
        each["metadata"] |= {"vscode": {"languageId": "python"}, "scrolled": True, "collapsed": False}


def _kaggle(notebook: Notebook) -> None:
    notebook["metadata"] |= {
        "kaggle": {"accelerator": "gpu", "dataSources": []},
        "papermill": {"duration": 1},
    }
    for each in notebook["cells"]:
        each["metadata"] |= {"_uuid": "8f2839f2", "_cell_guid": "b1076dfc", "trusted": True, "execution": {}}


def _deepnote(notebook: Notebook) -> None:
    notebook["metadata"] = {"deepnote": {}, "deepnote_notebook_id": "x", "orig_nbformat": 2}
    for each in notebook["cells"]:
        each["metadata"] = {"cell_id": "00", "deepnote_cell_type": each["cell_type"], "source_hash": "f"}
    sql = code("SELECT * FROM df WHERE x > 1")
    notebook["cells"].insert(0, sql | {"metadata": {"deepnote_cell_type": "sql"}})


def _databricks(notebook: Notebook) -> None:
    notebook["metadata"] = {"application/vnd.databricks.v1+notebook": {"language": "python"}}
    for each in notebook["cells"]:
        facts = {"nuid": "x", "showTitle": False, "inputWidgets": {}}
        each["metadata"] = {"application/vnd.databricks.v1+cell": facts}
    notebook["cells"].insert(0, code("%python\nx = dbutils.widgets.get('x')"))


def _widgets(notebook: Notebook) -> None:
    state = {f"{n:032x}": {"model_name": "FloatProgressModel", "state": {"value": n}} for n in range(2000)}
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}


def _jupytext(notebook: Notebook) -> None:
    notebook["metadata"]["jupytext"] = {"formats": "ipynb,py:percent"}
    for each in notebook["cells"]:
        each["metadata"] |= {"lines_to_next_cell": 2, "jp-MarkdownHeadingCollapsed": True, "editable": False}
        each["metadata"] |= {"slideshow": {"slide_type": "skip"}, "tags": ["hide-input"], "jupyter": {}}


def _forms(notebook: Notebook) -> None:
    for answer in _answers(notebook):
        answer["metadata"] |= {"cellView": "form"}
        answer["source"] = '#@title Answer { display-mode: "form" }\n' + "".join(answer["source"])


def _by_a_call(notebook: Notebook) -> None:
    notebook["cells"].insert(0, code("def timed(function):\n    return lambda *given: function(*given)"))
    for name, answer in zip(POINTS, _answers(notebook), strict=True):
        text = "".join(answer["source"]).replace(f"def {name}(", f"def my_{name}(")
        answer["source"] = f"{text}\n\n{name} = timed(my_{name})"


def _tabs(notebook: Notebook) -> None:
    for answer in _answers(notebook):
        answer["source"] = re.sub(
            "(?m)^(?:    )+", lambda found: "\t" * (len(found[0]) // 4), "".join(answer["source"])
        )


def _strange_facts(notebook: Notebook) -> None:
    notebook["metadata"] = {"kernelspec": {"name": "julia"}, "widgets": 3}
    for each in notebook["cells"]:
        each["metadata"]["nbgrader"] = [1]


def _old_ids(notebook: Notebook) -> None:
    notebook["nbformat_minor"] = 0
    for each in notebook["cells"]:
        each.pop("id", None)


def _same_ids(notebook: Notebook) -> None:
    for each in notebook["cells"]:
        each["id"] = "same"


def _lines(notebook: Notebook) -> None:
    for each in notebook["cells"]:
        each["source"] = "".join(each["source"]).splitlines(keepends=True)


def _large_outputs(notebook: Notebook) -> None:
    for each in notebook["cells"]:
        if each["cell_type"] == "code":
            data = {"image/png": "x" * 10**6, "text/plain": "x"}
            each["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]


def _in_bodies(line: str) -> Change:
    """Return a change that puts a line at the beginning of each answer's body."""

    def change(notebook: Notebook) -> None:
        for answer in _answers(notebook):
            text = "".join(answer["source"])
            end = text.index('"""', text.index('"""') + 3) + 3
            answer["source"] = f"{text[:end]}\n    {line}{text[end:]}"

    return change


def _before(*sources: str) -> Change:
    return lambda notebook: notebook["cells"].__setitem__(slice(0, 0), [code(text) for text in sources])


def _behind(*sources: str) -> Change:
    return lambda notebook: notebook["cells"].extend(code(text) for text in sources)


def _above_answers(line: str) -> Change:
    def change(notebook: Notebook) -> None:
        for answer in _answers(notebook):
            answer["source"] = f"{line}\n{''.join(answer['source'])}"

    return change


def _both(*changes: Change) -> Change:
    def change(notebook: Notebook) -> None:
        for each in changes:
            each(notebook)

    return change


def _with(old: str, new: str) -> Change:
    def change(notebook: Notebook) -> None:
        whole = json.dumps(notebook)
        assert json.dumps(old)[1:-1] in whole
        notebook.update(json.loads(whole.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])))

    return change


CHANGES: dict[str, Change] = {
    "as it was": lambda _: None,
    "checks deleted": _deleted_checks,
    "prose deleted": _deleted_prose,
    "all cells copied": _copied,
    "cells in reverse order": _reversed,
    "answers moved, and Markdown in their place": _retyped,
    "answers split": _split,
    "all in one cell": _merged,
    "metadata edited": _edited_facts,
    "Colab's metadata": _colab,
    "VS Code's metadata": _vs_code,
    "strange metadata": _strange_facts,
    "no ids, as in nbformat 4.0": _old_ids,
    "all ids the same": _same_ids,
    "text in lists of lines": _lines,
    "large outputs": _large_outputs,
    "prints": _in_bodies("print('here', dout if 'dout' in locals() else '')"),
    "prints to stderr": _in_bodies("import sys; print('x' * 10_000, file=sys.stderr)"),
    "warns": _in_bodies("import warnings; warnings.warn('slow')"),
    "divides by zero on the way": _in_bodies("np.float64(1) / np.float64(0)"),
    "logs": _in_bodies("import logging; logging.getLogger().error('x' * 1000)"),
    "plots": _behind("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
    "trains in a loop": _behind("for _ in range(10**9):\n    rnn_forward(1, 2, 3, 4, 5)"),
    "draws and loads what is not there": _behind("data = np.load('x.npz')\nimage = open('x.png').read()"),
    "a cell that is not Python": _before("this is not Python (", "def half(x:\n    return"),
    "magics": _before("%matplotlib inline\n!pip install numpy\n%load_ext autoreload", "np.dot?", "%%bash"),
    "timed answers": _above_answers("%%time"),
    "answers with magics": _above_answers("%config InlineBackend.figure_format = 'retina'"),
    "a module that is not there": _before("import tensorflow as tf\nfrom helpers import *"),
    "a library beside": _before("import seaborn; seaborn.set_theme()"),
    "names of its own": _before("x, y, N = 1, 2.5, 'text'", "def helper(x):\n    return x\nclass A: pass"),
    "a helper below what uses it": _both(
        _with("np.tanh(", "squash("), _behind("def squash(a, **options):\n    return np.tanh(a, **options)")
    ),
    "a helper that is a lambda": _both(
        _with("np.tanh(", "squash("),
        _before("import numpy as np\nsquash = lambda a, **options: np.tanh(a, **options)"),
    ),
    "constants that are made by calls": _both(
        _in_bodies("assert EPS > 0 and SCALE[0] == 1 and INF > 0"),
        _before("import numpy as np\nEPS = np.finfo(float).eps\nSCALE = np.array([1.0])\nINF = float('inf')"),
    ),
    "a helper that is made by a call": _both(
        _with("np.tanh(", "squash("),
        _before("import functools\nimport numpy as np\nsquash = functools.partial(np.tanh)"),
    ),
    "a helper imported under another name": _both(
        _with("np.tanh(", "squash("), _before("from numpy import tanh as squash")
    ),
    "annotations": _with("def rnn_backward(dh, cache):", "def rnn_backward(dh: 'X', cache: list) -> tuple:"),
    "a future import": _before("from __future__ import annotations"),
    "a decorator of its own": _both(
        _before(
            "import functools\ndef timed(function):\n    @functools.wraps(function)\n"
            "    def wrapped(*a, **k):\n        return function(*a, **k)\n    return wrapped"
        ),
        _above_answers("@timed"),
    ),
    "an older try of each answer before": _before(*(f"def {name}(*a):\n    return None" for name in POINTS)),
    "letters of other alphabets": _in_bodies("\u03b1, \u0394x = 1, '\u4f60\u597d \U0001f600'"),
    "answers in an if": lambda notebook: _in_block(notebook, "if True:"),
    "answers in a try": lambda notebook: _in_block(notebook, "try:", "except ImportError:\n    raise"),
    "assertions of its own": _behind("assert rnn_forward is not None\nassert 1 + 1 == 2"),
    "asks for input": _behind("name = input('Your name? ')"),
    "a class around its work": _behind(
        "class Model:\n    rate = 0.1\n    def forward(self, x):\n        return rnn_forward(x, *self.w)\n"
        "model = Model()"
    ),
    "a seed": _before("import numpy as np\nnp.random.seed(0)\nrng = np.random.default_rng(0)"),
    "Kaggle's metadata": _kaggle,
    "Deepnote's metadata, and a query": _deepnote,
    "Databricks's metadata": _databricks,
    "the state of widgets": _widgets,
    "Jupytext's metadata": _jupytext,
    "Colab's forms": _forms,
    "answers that are made by a call": _by_a_call,
    "tabs": _tabs,
    "libraries that are not there": _before(
        "import torch, cv2\nimport torch.nn as nn",
        "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "from google.colab import drive\ndrive.mount('/content/drive')",
        "class Net(nn.Module):\n    pass",
    ),
    "a bar of progress in an answer": _both(
        _before("from tqdm import tqdm, trange", "from tqdm.auto import tqdm as bar"),
        _in_bodies("assert [*tqdm(range(3), desc='x')] == [*bar([0, 1, 2])] == [*trange(3, leave=False)]"),
    ),
    "plots in an answer": _both(
        _before("import matplotlib.pyplot as plt\nimport seaborn as sns"),
        _in_bodies("fig, ax = plt.subplots(); ax.imshow(1); plt.title('x'); sns.heatmap(1); plt.show()"),
    ),
    "displays in an answer": _both(
        _before("from IPython.display import clear_output"),
        _in_bodies("display(np.eye(2)); clear_output(wait=True)"),
    ),
    "tables that are made by comprehensions": _both(
        _in_bodies("assert len(PAIRS) == 4 and SIDE['r'] == 1 and GATES[-1] == 'g'"),
        _before(
            "PAIRS = [(i, j) for i in range(2) for j in range(2)]\nSIDE = {n: i for i, n in enumerate('lr')}",
            "GATES = 'i f o g'.split()",
        ),
    ),
    "a helper from a factory of its own": _both(
        _with("np.tanh(", "squash("),
        _before("import numpy as np\ndef make(f):\n    return lambda *a, **k: f(*a, **k)"),
        _behind("squash = make(np.tanh)"),
    ),
    "constants that are changed below": _both(
        _in_bodies("assert EPS == 1 and SETTINGS == {'eps': 1} and Kept.scale == 1"),
        _before(
            "EPS = 2\nEPS /= 2", "SETTINGS = {}\nSETTINGS['eps'] = 1", "class Kept: pass", "Kept.scale = 1"
        ),
    ),
    "a counter": _both(_before("CALLS = 0"), _in_bodies("global CALLS; CALLS += 1")),
    "times itself": _in_bodies("import time; start = time.time(); print(f'{time.time() - start:.1f} s')"),
    "tests NumPy's way": _in_bodies("np.testing.assert_allclose(np.ones(2), 1.0, rtol=1e-6)"),
    "types": _before(
        "from typing import Optional, Tuple\nfrom numpy.typing import NDArray\nFloats = NDArray[np.float64]",
        "from dataclasses import dataclass\n@dataclass\nclass Cache:\n    x: 'Floats'\n    steps: int = 0",
    ),
    "files and folders of elsewhere": _before(
        "%%writefile notes.txt\nnothing", "%cd /content\n!ls -la\n%env X=1\n%pip install -q torch", "%pwd"
    ),
    "measures the time of its answers": _behind("%timeit rnn_forward(1)", "%%timeit\nrnn_forward(1)"),
    "leaves in the end": _behind("import sys\nsys.exit()", "exit", "quit()", "raise SystemExit"),
    "waits": _behind("import asyncio\nawait asyncio.sleep(0)"),
    "a cache of Python's own": _both(
        _with("np.tanh(", "squash("),
        _before(
            "from functools import lru_cache\nimport numpy as np",
            "@lru_cache(maxsize=None)\ndef table(n): return n\n"
            "def squash(a, **k):\n    return np.tanh(a, **k) * table(1)",
        ),
    ),
    "settings of NumPy": _before("import numpy as np\nnp.set_printoptions(precision=3)\nnp.seterr('raise')"),
}  # fmt: skip


def _in_block(notebook: Notebook, head: str, tail: str = "") -> None:
    for answer in _answers(notebook):
        text = "".join(answer["source"])
        answer["source"] = head + "".join(f"\n    {line}" for line in text.split("\n")) + f"\n{tail}"


CONTENTS: dict[str, Callable[[Course], Content]] = {
    "byte order mark": lambda course: "\ufeff" + json.dumps(course.right()),
    "UTF-16": lambda course: json.dumps(course.right(), ensure_ascii=False).encode("utf-16"),
    "CRLF": lambda course: (
        json.dumps(course.right(), indent=1).replace("\n", "\r\n").replace("\\n", "\\r\\n")
    ),
    "CR alone": lambda course: json.dumps(course.right(), indent=1).replace("\n", "\r"),
    "spaces, and keys in order": lambda course: json.dumps(course.right(), indent=7, sort_keys=True) + "\n\n",
    "nbformat 3": lambda course: json.dumps(
        {
            "nbformat": 3,
            "metadata": {},
            "worksheets": [
                {
                    "cells": [
                        {"cell_type": "code", "input": "".join(each["source"])}
                        for each in course.right()["cells"]
                        if each["cell_type"] == "code"
                    ]
                }
            ],
        }
    ),
}


def changed(course: Course, change: Change) -> Notebook:
    """Return a right notebook with a change."""
    notebook = course.right()
    change(notebook)
    return notebook


def honest(course: Course) -> dict[str, bytes]:
    """Return right notebooks by what is special about them."""
    made: dict[str, Content] = {name: changed(course, change) for name, change in CHANGES.items()}
    made |= {name: make(course) for name, make in CONTENTS.items()}
    return {name: as_bytes(content) for name, content in made.items()}


def as_bytes(content: Content) -> bytes:
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    return text.encode() if isinstance(text, str) else text


BAD: dict[str, tuple[Callable[[Course], Content], str]] = {
    "cut off": (lambda course: json.dumps(course.right())[:2000], "breaks off"),
    "empty": (lambda _: b"", "is empty"),
    "a list": (lambda _: "[]", "is not a notebook"),
    "merged": (lambda course: "<<<<<<< HEAD\n" + json.dumps(course.right()), "conflict markers"),
    "a zip": (lambda _: b"PK\x03\x04", "ZIP archive"),
    "deep": (lambda _: b'{"cells":' + b"[" * 100_000, "cannot be read|can be read"),
    "another chapter's": (
        lambda _: (STARTER / "10_lstm" / "10_lstm.ipynb").read_bytes(),
        "this notebook is of chapter 10",
    ),
    "half a character": (lambda _: json.dumps({"cells": [], "x": "\ud800"}), "none of this course"),
    "somebody's own": (lambda _: json.dumps({"cells": [], "nbformat": 4}), "none of this course"),
}
NAMES = {
    "renamed": f"{NAME} (1).ipynb",
    "Colab's copy": f"Copy of {NAME}.ipynb",
    "a browser's ending": f"{NAME}.ipynb.txt",
    "another browser's": f"{NAME}.ipynb.json",
    "capitals": f"{NAME.upper()}.IPYNB",
}
