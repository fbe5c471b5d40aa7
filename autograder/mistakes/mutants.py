"""Slips by the hundred: formulas of ``as_written`` with another factor, without a term, with a sign turned.

What nobody has thought of is found among them. Of each is said which formula is concerned and what is done
there, in words; not what belongs there.
"""

import ast
import copy
import inspect
from collections.abc import Iterator
from functools import cache

from autograder.mistakes import as_written
from autograder.mistakes.mistake import Mistake

# What a name is called in a sentence. Nobody would confuse factors that are missing here.
_NAMES = {
    "x": "x", "w": "w", "b": "b", "h0": "h0", "dout": "dout", "dw": "dw",
    "prev_h": "prev_h", "next_h": "next_h", "prev_c": "prev_c", "next_c": "next_c",
    "Wx": "Wx", "Wh": "Wh", "dnext_h": "dnext_h", "dnext_c": "dnext_c",
    "i": "the input gate", "f": "the forget gate", "o": "the output gate", "g": "the candidate",
    "r": "the reset gate", "z": "the update gate", "n": "the candidate", "tanh_c": "the tanh of the cell",
    "da": "the gradient of the pre-activations", "dc": "the cell's gradient",
    "di": "the input gate's gradient", "df": "the forget gate's gradient",
    "do": "the output gate's gradient", "dg": "the candidate's gradient",
    "dn": "the candidate's gradient", "dz": "the update gate's gradient", "dr": "the reset gate's gradient",
    "m": "the first moment", "v": "the running mean of the squares, or the velocity",
    "mt": "the corrected first moment", "vt": "the corrected second moment",
    "beta1": "beta1", "beta2": "beta2", "decay": "the decay rate", "lr": "the learning rate",
    "probs": "the probabilities", "x_row": "x, a row for each example",
    "attended": "attended", "Wattn": "Wattn", "h": "h", "weights": "the weights",
    "dattended": "dattended", "dweights": "the gradient of the weights",
    "da_x": "the gradient on the side of x", "da_h": "the gradient on the side of the state",
}  # fmt: skip
# What is said of the formula for a name.
_TARGETS = _NAMES | {
    "a": "the pre-activations", "out": "out", "dx": "dx", "db": "db", "dWx": "dWx", "dWh": "dWh",
    "dprev_h": "dprev_h", "dprev_c": "dprev_c", "loss": "the loss", "shifted": "the shifted logits",
    "dai": "the gradient of the input gate's pre-activations",
    "daf": "the gradient of the forget gate's pre-activations",
    "dao": "the gradient of the output gate's pre-activations",
    "dag": "the gradient of the candidate's pre-activations",
    "dan": "the gradient of the candidate's pre-activations",
    "dar": "the gradient of the reset gate's pre-activations",
    "daz": "the gradient of the update gate's pre-activations",
    "da_x": "the gradient of the pre-activations, on the side of x",
    "da_h": "the gradient of the pre-activations, on the side of the state",
    "xs": "the part of the pre-activations that comes of x",
    "hs": "the part of the pre-activations that comes of the state",
    "next_w": "the step of the weights", "log_probs": "the logarithms of the probabilities",
    "dx_flat": "dx", "dh0": "dh0", "cache": "the mean that is kept",
    "dWattn": "dWattn", "scores": "the scores", "dscores": "the gradient of the scores",
    "dh": "dh", "dA": "dA",
}  # fmt: skip
# Those that are of the shape of a state, or of a weight: only these are taken for each other.
_ALIKE = (
    {"prev_h", "next_h", "prev_c", "next_c", "dnext_h", "dnext_c", "tanh_c", "dc", *"ifogrzn"},
    {"m", "v", "mt", "vt", "dw"},
    {"beta1", "beta2"},
    {"Wx", "Wh", "Wattn"},
    {"prev_h", "attended"},
    {"da_x", "da_h"},
)
Path = tuple[tuple[str, int | None], ...]
_MUTATED = (
    "affine_forward", "affine_backward", "softmax_loss", "sgd_momentum", "rmsprop", "adam",
    "rnn_step_forward", "rnn_step_backward", "lstm_gates", "lstm_step_forward", "lstm_step_backward",
    "gru_gates", "gru_step_forward", "gru_step_backward",
    "temporal_affine_forward", "temporal_affine_backward", "temporal_softmax_loss",
    "dot_product_attention_forward", "dot_product_attention_backward",
    "attention_lstm_step_forward", "attention_lstm_step_backward",
)  # fmt: skip


@cache
def all_mutants() -> dict[str, list[Mistake]]:
    """Return the mutants of each exercise."""
    return {
        name: [
            Mistake(f"slip {number}", name, old, new, sentence, as_written=True)
            for number, (old, new, sentence) in enumerate(_mutations(name))
        ]
        for name in _MUTATED
    }


def _mutations(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield a line of a function, the line changed, and what is to be said."""
    source = inspect.getsource(getattr(as_written, name))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    known = [argument.arg for argument in function.args.args]
    columns = _columns(function)
    for statement in function.body:
        target = _target(statement)
        value = statement.value if isinstance(statement, ast.Assign | ast.AugAssign) else None
        if value is not None and target in _TARGETS:
            old = ast.get_source_segment(source, statement) or ""
            slips = _changed(value, [other for other in known if other in _NAMES])
            for changed, words in (*slips, *_of_other_columns(value, columns)):
                mutated = copy.copy(statement)
                mutated.value = changed  # type: ignore[attr-defined]
                if source.count(old) == 1:
                    yield old, ast.unparse(mutated), f"Look at {_TARGETS[target]}: {words}"
        known += _assigned(statement)


def _target(statement: ast.stmt) -> str:
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            return str(target.slice.value)
    return ""


def _assigned(statement: ast.stmt) -> list[str]:
    return [
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def _changed(value: ast.expr, known: list[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield an expression with one thing changed, and what that is."""
    yield ast.UnaryOp(ast.USub(), value), "its sign is turned."
    for path, node in _walk(value, ()):
        for new, words in _slips(node, known):
            yield _replaced(value, path, new), words


def _columns(node: ast.AST) -> list[str]:
    """Return the blocks of columns that are taken in a formula, or in a function, each once."""
    return list(
        dict.fromkeys(
            ast.unparse(part.slice.elts[1])
            for part in ast.walk(node)
            if isinstance(part, ast.Subscript)
            and isinstance(part.slice, ast.Tuple)
            and len(part.slice.elts) == 2
            and isinstance(part.slice.elts[1], ast.Slice)
        )
    )


def _of_other_columns(value: ast.expr, columns: list[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield a formula of one block of columns with another block in its place."""
    own = _columns(value)
    source = ast.unparse(value)
    for other in columns if len(own) == 1 else []:
        if other != own[0]:
            taken = ast.parse(source.replace(f", {own[0]}]", f", {other}]"), mode="eval").body
            yield taken, f"it is computed from the columns of another gate, {other.replace(' ', '')}."


def _walk(node: ast.AST, path: Path) -> Iterator[tuple[Path, ast.AST]]:
    yield path, node
    if isinstance(node, ast.Subscript):
        return  # which columns these are is a matter of the order of gates
    for name, child in ast.iter_fields(node):
        for k, item in enumerate(child) if isinstance(child, list) else [(None, child)]:
            if isinstance(item, ast.expr) and name not in {"func", "keywords"}:
                yield from _walk(item, (*path, (name, k)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _walk(node.func.value, (*path, ("func", None), ("value", None)))


def _replaced(value: ast.expr, path: Path, new: ast.expr) -> ast.expr:
    if not path:
        return new
    changed = copy.deepcopy(value)
    node: ast.AST = changed
    for name, k in path[:-1]:
        node = getattr(node, name) if k is None else getattr(node, name)[k]
    name, k = path[-1]
    if k is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[k] = new
    return changed


def _slips(node: ast.AST, known: list[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield what may stand in the place of a piece of a formula."""
    if isinstance(node, ast.Name) and node.id in _NAMES:
        for other in dict.fromkeys(known):
            if other != node.id and any({other, node.id} <= alike for alike in _ALIKE):
                yield ast.Name(other, ast.Load()), f"{_NAMES[other]} stands where another belongs."
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        turned = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.BinOp(node.left, turned, node.right), f"a sign is turned{_of(node.right)}."
        yield node.left, f"a term is missing{_of(node.right)}."
        right = node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        yield right, f"a term is missing{_of(node.left)}."
        if isinstance(node.op, ast.Sub):
            yield node.right, f"a term is missing, and a sign is turned{_of(node.left)}."
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield node.left, f"a factor is missing{_of(node.right)}."
        if isinstance(node.op, ast.Mult):
            yield node.right, f"a factor is missing{_of(node.left)}."
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node.left, "a power is missing."
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value, "a matrix that belongs transposed is not."
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)


def _other_calls(node: ast.Call) -> Iterator[tuple[ast.expr, str]]:
    called = ast.unparse(node.func)
    if called in {"np.tanh", "_sigmoid"}:
        words = "tanh" if called == "np.tanh" else "sigmoid"
        other = "_sigmoid" if called == "np.tanh" else "np.tanh"
        yield node.args[0], f"the {words} is left out."
        yield ast.Call(node.func, [node], []), f"the {words} is taken twice."
        yield (
            ast.Call(ast.parse(other, mode="eval").body, node.args, []),
            f"a {'sigmoid' if words == 'tanh' else 'tanh'} stands where a {words} belongs.",
        )
    elif called == "np.sqrt":
        yield node.args[0], "a root is missing."
    elif called == "np.sum":
        mean = ast.parse("np.mean", mode="eval").body
        yield ast.Call(mean, node.args, node.keywords), "a mean stands where a sum belongs."
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "dot":
        # A square matrix on the other side, or transposed, raises no error.
        first = node.func.value
        yield (
            _dot(ast.Attribute(first, "T", ast.Load()), node.args[0]),
            "a matrix is transposed that should not be.",
        )
        yield (
            _dot(first, ast.Attribute(node.args[0], "T", ast.Load())),
            "a matrix is transposed that should not be.",
        )
        yield ast.Attribute(node, "T", ast.Load()), "the product is transposed."


def _dot(first: ast.expr, second: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(first, "dot", ast.Load()), [second], [])


def _of(node: ast.expr) -> str:
    """Name what a piece of a formula is made of, as far as a student has names for it."""
    names = dict.fromkeys(
        _NAMES[other.id] for other in ast.walk(node) if isinstance(other, ast.Name) and other.id in _NAMES
    )
    return f", that with {' and '.join(names)}" if 0 < len(names) <= 2 else ""
