"""What editors and type checkers know of the layers: ``captioning/layers.pyi``; and who asks for which.

``captioning.layers`` finds a name when it is imported, so its source tells tools nothing. The stub holds the
signature and the docstring of every layer and no line of a body. ``solutions/`` is written without
annotations, to be read as a textbook; its docstrings and ``@shapes`` say what an argument is, and the types
are read from there. What they do not say is ``Any``.
"""

import ast
import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.exercises.registry import all_exercises
from captioning import layers
from captioning.answers import resolver
from captioning.files import atomic_write
from coursebuilder.code import module_symbols, names_used, solutions_folder

STUB = "captioning/layers.pyi"
TABLE = f"captioning/answers/{resolver.EXERCISES_FILE}"

ARRAY = "NDArray[Any]"
HEAD = f'''\
"""The layers, for editors and type checkers. Made by `make starter` from solutions/; not edited by hand."""

from collections.abc import Callable
from typing import Any

from numpy.typing import {ARRAY.partition("[")[0]}
'''
# What captioning.layers itself offers. (Type checkers see its stub, which has no __all__.)
OFFERED: list[str] = vars(layers)["__all__"]
# How docstrings say what something is; the first that fits counts.
IN_WORDS = (
    (r"a ``numpy\.random\.Generator``", "np.random.Generator"),
    (r"a function of one array", f"Callable[[{ARRAY}], Any]"),
    (r"``\{\"\w+\": int\b", "dict[str, int]"),
    (r".*\bdictionary (of arrays|with the keys and shapes of)", f"dict[str, {ARRAY}]"),
    (r"an? (positive )?(number|float)\b", "float"),
    (r"a string", "str"),
    (r"a list of (strings|words)", "list[str]"),
    (r"``N`` strings", "list[str]"),
    (r".*``\([^`]*,[^`]*\)``", ARRAY),
    (r".*\b(of|of the|of any|of one|of its) shape\b", ARRAY),
    (r"upstream gradient", ARRAY),
)


def tool_files() -> dict[str, str]:
    """Return the text of both files, by path in the checkout."""
    return {STUB: layers_stub(), TABLE: exercises_table()}


def stale_tool_files(root: Path, files: Mapping[str, str]) -> list[str]:
    """Return the paths of those in the checkout ``root`` that are not as they should be."""
    return [
        name
        for name, text in files.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != text
    ]


def write_tool_files(root: Path, files: Mapping[str, str]) -> None:
    """Write those that are stale."""
    for name in stale_tool_files(root, files):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(root / name) as temporary:
            temporary.write_text(files[name], encoding="utf-8")


def exercises_table() -> str:
    """Return the exercises that make up each function and class that a student writes, as JSON.

    ``captioning`` names the chapter of what is missing, and imports no autograder.
    """
    table: dict[str, Any] = {}
    for exercise in all_exercises().values():
        row = table.setdefault(
            exercise.name.partition(".")[0], {"chapter": exercise.chapter, "exercises": []}
        )
        row["exercises"].append(exercise.name)
    rows = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def layers_stub() -> str:
    """Return the text of ``captioning/layers.pyi``.

    Raises:
        ChapterError: this is not a checkout, or the markers of a solution are malformed.
    """
    imports: set[str] = set()
    statements: list[ast.stmt] = []
    for path in sorted(solutions_folder().glob("*.py")):
        found = [stub for node in _parse(path).body for stub in _stubs(node)]
        symbols = module_symbols(path.stem)
        used = names_used(_text(found)) & set(symbols)
        imports |= {symbols[name].source for name in used if symbols[name].is_import}
        statements += found
    imports = {line for line in imports if "captioning.layers" not in line and line not in HEAD}
    return f"{HEAD}{''.join(sorted(imports))}{_text([*_own_stubs(), *statements])}\n"


def _text(statements: list[ast.stmt]) -> str:
    return ast.unparse(ast.fix_missing_locations(ast.Module(statements, [])))


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _own_stubs() -> Iterator[ast.stmt]:
    """Yield what ``captioning.layers`` itself offers: taken from elsewhere, or defined there."""
    for node in _parse(Path(layers.__file__)).body:
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names if alias.name in OFFERED]
            if names:  # `import a as a` offers it, in a stub
                yield ast.ImportFrom(node.module, [ast.alias(name, name) for name in names], 0)
        elif getattr(node, "name", None) in OFFERED:
            yield from _stubs(node)


def _stubs(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the declarations of what a statement defines for others."""
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
        yield _function(node)
    elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        yield _class(node)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            if isinstance(part, ast.Name) and not part.id.startswith("_"):
                yield _declaration(part.id, _type_of_value(getattr(resolver.reference(), part.id)))


def _declaration(name: str, kind: str) -> ast.AnnAssign:
    return ast.AnnAssign(ast.Name(name), _expression(kind), None, simple=1)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _type_of_value(value: object) -> str:
    """Return the type of a constant; a container's elements are all of one type."""
    kind = type(value).__name__
    if type(value) is tuple:
        return f"tuple[{_type_of_value(value[0])}, ...]"
    if isinstance(value, dict):
        key, first = next(iter(value.items()))
        return f"dict[{_type_of_value(key)}, {_type_of_value(first)}]"
    return kind


def _class(node: ast.ClassDef) -> ast.ClassDef:
    body: list[ast.stmt] = [_docstring(node)] if ast.get_docstring(node) else []
    for part in node.body:
        if isinstance(part, ast.AnnAssign):
            body.append(ast.AnnAssign(part.target, _complete(part.annotation), None, simple=1))
        elif isinstance(part, ast.FunctionDef) and part.name == "__init__":
            body += [*_attributes(part), _function(part, of_class=True)]
        elif isinstance(part, ast.FunctionDef) and (
            part.name.startswith("__") or not part.name.startswith("_")
        ):
            body.append(_function(part, of_class=True))
    return ast.ClassDef(node.name, node.bases, [], body, [])


def _attributes(init: ast.FunctionDef) -> Iterator[ast.stmt]:
    """Yield the declarations of the attributes that ``__init__`` sets."""
    for statement in init.body:
        for target in statement.targets if isinstance(statement, ast.Assign) else []:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Attribute) and not part.attr.startswith("_"):
                    yield _declaration(part.attr, "Any")


def _docstring(node: ast.FunctionDef | ast.ClassDef) -> ast.stmt:
    return node.body[0]


def _function(node: ast.FunctionDef, *, of_class: bool = False) -> ast.FunctionDef:
    text = ast.get_docstring(node) or ""
    arguments = copy.deepcopy(node.args)
    stated = _entries(_section(text, "Args"))
    shapes = {
        word.arg for call in node.decorator_list if isinstance(call, ast.Call) for word in call.keywords
    }
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *([None] * (len(plain) - len(arguments.defaults))),
        *arguments.defaults,
        *arguments.kw_defaults,
    ]
    for argument, default in zip([*plain, *arguments.kwonlyargs], defaults, strict=True):
        if argument.annotation is None and not (of_class and argument is plain[0]):
            kind = ARRAY if argument.arg in shapes else _type_in_words(stated.get(argument.arg, ""))
            if argument.arg.endswith("shape"):
                kind = "tuple[int, ...]"
            argument.annotation = _expression(_with_default(kind, default))
    for several in (arguments.vararg, arguments.kwarg):
        if several is not None and several.annotation is None:
            several.annotation = _expression("Any")
    returns = node.returns or _expression(_return_type(node, text))
    body: list[ast.stmt] = [_docstring(node)] if text else [ast.Expr(ast.Constant(...))]
    return ast.FunctionDef(node.name, arguments, body, [], returns)


def _with_default(kind: str, default: ast.expr | None) -> str:
    """Return the type of an argument that may be left out."""
    if not isinstance(default, ast.Constant):
        return kind
    if default.value is None:
        return kind if kind == "Any" else f"{kind} | None"
    own = type(default.value).__name__
    return own if kind in {"Any", own} else f"{kind} | {own}"


def _return_type(node: ast.FunctionDef, text: str) -> str:
    returned = [part.value for part in _own_statements(node) if isinstance(part, ast.Return)]
    if not returned or returned[-1] is None:
        return "None"
    section = _section(text, "Returns")
    value = returned[-1]
    if not isinstance(value, ast.Tuple):
        entries = _entries(section)
        return _type_in_words(next(iter(entries.values())) if len(entries) == 1 else section)
    if any(isinstance(part, ast.Starred) for part in value.elts):
        return "tuple[Any, ...]"
    stated = _entries(section)
    if len(stated) == len(value.elts):
        return f"tuple[{', '.join(map(_type_in_words, stated.values()))}]"
    # Backward functions list them in a line: "dx ``(N, D)``, dprev_h, dprev_c ``(N, H)``".
    is_list = re.fullmatch(r"((\w+)( ``\([^`]*\)``)?[,.]\s*)+", section) is not None and "``" in section
    return f"tuple[{', '.join([ARRAY if is_list else 'Any'] * len(value.elts))}]"


def _own_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements of a function in their order, but not those of functions in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield child
            yield from _own_statements(child)


def _section(text: str, name: str) -> str:
    """Return a section of a docstring, without its indentation; "" if there is none."""
    found = re.search(rf"^{name}:\n((?:    .*\n?|\n(?=    ))*)", text, re.MULTILINE)
    return re.sub(r"^    ", "", found[1], flags=re.MULTILINE).strip() if found else ""


def _entries(section: str) -> dict[str, str]:
    """Return the entries of a section, ``x, y: text``, by name."""
    found: dict[str, str] = {}
    for names, words in re.findall(r"^([A-Za-z_]\w*(?:, \w+)*): (.*(?:\n .*)*)", section, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), re.sub(r"\s+", " ", words))
    return found


def _type_in_words(text: str) -> str:
    """Return the type that a docstring's words mean: "hidden states ``(N, T, H)``" -> an array."""
    text = re.sub(r"\s+", " ", text)
    result = re.search(r"\b[Aa] ``([A-Z]\w+)``", text)
    if result is not None and hasattr(resolver.reference(), result[1]):
        return result[1]
    return next((kind for pattern, kind in IN_WORDS if re.match(pattern, text, re.IGNORECASE)), "Any")


def _complete(annotation: ast.expr) -> ast.expr:
    """Return an annotation that leaves no type open: ``Callable`` -> ``Callable[..., Any]``."""

    class Completer(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return _expression("Callable[..., Any]") if node.id == "Callable" else node

        def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
            return node

    return Completer().visit(copy.deepcopy(annotation))
