"""Captioners trained with PyTorch or Keras load into these layers, and ours into theirs.

PyTorch's is an ``nn.Embedding``, an ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU`` of one layer, and two
``nn.Linear``: from features to the first hidden state, and from hidden states to words; saved as safetensors.
Keras's has the same layers, saved as HDF5. Which is which is told by their shapes and kinds.

PyTorch lays weights out as ``(out, in)``; both order the gates otherwise, and have two biases where ours has
one. In a GRU the second bias of the candidate stands inside of the reset gate: a further unit, which is
always 1, carries it.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.formats import BEGINNING_BYTES, SAFETENSORS, format_of
from captioning.hdf5 import open_hdf5, readable, writing
from captioning.training.captioner import BLOCKS, FORMAT, Captioner

# For each of our gates in turn, its place in theirs: PyTorch's LSTM is i, f, g, o, Keras's i, f, c, o;
# PyTorch's GRU is r, z, n as ours, Keras's z, r, n.
GATES = {
    "PyTorch": {"rnn": (0,), "lstm": (0, 1, 3, 2), "gru": (0, 1, 2)},
    "Keras": {"rnn": (0,), "lstm": (0, 1, 3, 2), "gru": (1, 0, 2)},
}
# What opens a gate for good: (1 + tanh(50 / 2)) / 2 is 1 in single precision.
OPEN = 50.0


class Weights(NamedTuple):
    """The weights of a captioner in our shapes, gates in the order of the framework that wrote them.

    Attributes:
        embed: ``(V, E)``.
        Wx, Wh: ``(E, G * H)``, ``(H, G * H)``.
        bx, bh: the biases beside the two products ``(G * H,)``.
        dense: kernel ``(in, out)`` and bias ``(out,)`` of each other layer, by name.
    """

    embed: np.ndarray
    Wx: np.ndarray
    Wh: np.ndarray
    bx: np.ndarray
    bh: np.ndarray
    dense: dict[str, tuple[np.ndarray, np.ndarray]]


def load_params(path: Path) -> tuple[str, dict[str, np.ndarray]]:
    """Return the cell and the parameters of a captioner that PyTorch or Keras trained.

    Args:
        path: a safetensors file of PyTorch's, or an HDF5 file of Keras's.

    Raises:
        InputError: it cannot be read, or is not such a captioner; the message names the layer.
    """
    if not path.is_file():
        raise InputError(
            f"{path} is {'a folder: give the file of weights in it' if path.is_dir() else 'missing'}."
        )
    with open(path, "rb") as file:
        is_torch = format_of(file.read(BEGINNING_BYTES)) == SAFETENSORS
    framework = "PyTorch" if is_torch else "Keras"
    weights = _read_torch(path) if is_torch else _read_keras(path)
    (H, columns), E = weights.Wh.shape, weights.embed.shape[1]
    cells = {len(blocks): name for name, blocks in BLOCKS.items() if name != "attention"}
    cell = cells.get(columns // H)
    shapes = weights.Wx.shape, weights.bx.shape, weights.bh.shape
    if cell is None or columns % H or shapes != ((E, columns), (columns,), (columns,)):
        raise InputError(
            f"{path}: the recurrent layer has weights {weights.Wx.shape} and {weights.Wh.shape} for words of "
            f"{E} numbers; expected (E, G * H) and (H, G * H), with G of 1 (RNN), 3 (GRU) or 4 (LSTM)."
        )
    params = _params(path, cell, weights, GATES[framework][cell])
    for name, values in params.items():
        if not np.isfinite(values).all():
            raise InputError(f"{path}: what becomes {name} holds NaN or infinity.")
    return cell, params


def _params(path: Path, cell: str, weights: Weights, order: tuple[int, ...]) -> dict[str, np.ndarray]:
    V, H = len(weights.embed), len(weights.Wh)
    vocab = [name for name, (w, _) in weights.dense.items() if w.shape == (H, V)]
    project = [name for name, (w, _) in weights.dense.items() if w.shape[1] == H and name not in vocab[-1:]]
    if len(weights.dense) != 2 or not vocab or len(project) != 1:
        found = ", ".join(f"{name} {w.shape}" for name, (w, _) in weights.dense.items()) or "none"
        raise InputError(
            f"{path} has the layers {found} beside the recurrent one; expected one from features (D, {H}) "
            f"and one to words ({H}, {V})."
        )
    (W_proj, b_proj), (W_vocab, b_vocab) = weights.dense[project[0]], weights.dense[vocab[-1]]

    def ours(array: np.ndarray) -> np.ndarray:
        blocks = np.split(array, len(order), axis=-1)
        return np.concatenate([blocks[k] for k in order], axis=-1)

    params = {"W_embed": weights.embed, "W_proj": W_proj, "b_proj": b_proj}
    params |= {"Wx": ours(weights.Wx), "Wh": ours(weights.Wh), "W_vocab": W_vocab, "b_vocab": b_vocab}
    bx, bh = ours(weights.bx), ours(weights.bh)
    if cell == "gru" and bh[2 * H :].any():
        inside = bh[2 * H :]
        params |= {"b": bx + np.concatenate([bh[: 2 * H], np.zeros(H, bh.dtype)])}
        params = _with_unit_of_one(params, inside)
    else:
        params |= {"b": bx + bh}
    return {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in params.items()}


def _with_unit_of_one(params: dict[str, np.ndarray], inside: np.ndarray) -> dict[str, np.ndarray]:
    """Add a unit to a GRU that is 1 from the start and stays so, and gives ``inside`` to ``h Whn``."""
    H = len(inside)
    Wh = np.zeros((H + 1, 3, H + 1), np.float32)
    Wh[:H, :, :H] = params["Wh"].reshape(H, 3, H)
    Wh[H, 2, :H] = inside
    b = np.zeros((3, H + 1), np.float32)
    b[:, :H] = params["b"].reshape(3, H)
    b[1, H] = OPEN
    Wx = params["Wx"].reshape(-1, 3, H)
    return params | {
        "Wx": np.pad(Wx, ((0, 0), (0, 0), (0, 1))).reshape(len(Wx), -1),
        "Wh": Wh.reshape(H + 1, -1),
        "b": b.reshape(-1),
        "W_proj": np.pad(params["W_proj"], ((0, 0), (0, 1))),
        "b_proj": np.append(params["b_proj"], 1.0),
        "W_vocab": np.pad(params["W_vocab"], ((0, 1), (0, 0))),
    }


def _read_torch(path: Path) -> Weights:
    arrays = _tensors(path)
    recurrent, dense, alone = {}, {}, {}
    for name, array in arrays.items():
        place, _, kind = name.rpartition(".")
        found = re.fullmatch(r"(weight|bias)_([ih]h)(_l0)?", kind)  # without _l0 in an nn.LSTMCell
        if found:
            recurrent[found[1] + found[2]] = array.T
        elif kind == "weight" and array.ndim == 2 and f"{place}.bias" in arrays:
            dense[place] = array.T, arrays[f"{place}.bias"]
        elif kind == "weight" and array.ndim == 2:
            alone[place] = array
        elif kind == "bias" and f"{place}.weight" not in arrays:
            raise InputError(
                f"{path}: {name} has no {place}.weight beside it. Weights that two layers share are stored "
                "once: give each layer its own, a clone(), and save them again."
            )
        elif kind != "bias":
            raise InputError(
                f"{path}: {name} {array.shape} has no place in a captioner of one nn.Embedding, two nn.Linear"
                " and one recurrent layer of one direction."
            )
    if "weightih" not in recurrent or "weighthh" not in recurrent:
        raise InputError(
            f"{path} has no weight_ih_l0 and weight_hh_l0: expected an nn.RNN, nn.LSTM or nn.GRU, or the "
            "cell of one."
        )
    Wx, Wh = recurrent["weightih"], recurrent["weighthh"]
    fitting = [place for place, array in alone.items() if array.shape[1] == len(Wx)]
    if not fitting:
        raise InputError(f"{path} has no nn.Embedding: expected a matrix (V, {len(Wx)}) without a bias.")
    # What else has no bias is a Linear without one.
    called_so = [place for place in fitting if "emb" in place.lower()] or fitting
    if len(called_so) > 1:
        raise InputError(
            f"{path}: any of {', '.join(called_so)} could be the nn.Embedding: matrices (V, {len(Wx)}) "
            "without a bias. Call one of them embed."
        )
    embed = alone.pop(called_so[0])
    dense |= {place: (array.T, np.zeros(len(array), array.dtype)) for place, array in alone.items()}
    no_bias = np.zeros(Wh.shape[1], Wh.dtype)
    return Weights(embed, Wx, Wh, recurrent.get("biasih", no_bias), recurrent.get("biashh", no_bias), dense)


def _tensors(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a safetensors file by name."""
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            for name in names:
                kind = file.get_slice(name).get_dtype()
                if kind[0] in "BF" and kind not in {"BOOL", "F16", "F32", "F64"}:
                    raise InputError(
                        f"{path}: {name} is of type {kind}, which NumPy does not have. Save it as float32, "
                        "in PyTorch: save_file({name: t.float() for name, t in state.items()}, path)."
                    )
            arrays = {name: file.get_tensor(name) for name in names}
    except InputError:
        raise
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}). Save it again.") from error
    for name, array in arrays.items():
        if array.dtype.kind != "f" and name.rpartition(".")[2].startswith(("weight", "bias")):
            raise InputError(
                f"{path}: {name} is of type {array.dtype}, expected floats. Of a quantized model, save the "
                "weights before it is quantized."
            )
    return arrays


def words_of(path: Path) -> list[str] | None:
    """Return the vocabulary that a file of weights has with it, as ``export`` writes it; None of others."""
    with open(path, "rb") as file:
        is_torch = format_of(file.read(BEGINNING_BYTES)) == SAFETENSORS
    if is_torch:
        with safe_open(path, framework="numpy") as tensors:
            said = (tensors.metadata() or {}).get("idx_to_word")
    else:
        with open_hdf5(path) as file, readable(path):
            said = file.attrs.get("idx_to_word")
    try:
        words = json.loads(said) if said is not None else None
    except (ValueError, TypeError, RecursionError):
        return None
    return words if isinstance(words, list) else None


def _read_keras(path: Path) -> Weights:
    groups: dict[str, dict[str, np.ndarray]] = {}

    def collect(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "f" and item.ndim:
            place, _, kind = item.name.rpartition("/")
            if not re.match(r"/_?optimizer", item.name):
                groups.setdefault(place, {})[kind] = item[()]

    with open_hdf5(path) as file, readable(path):
        if file.attrs.get("format") == FORMAT:
            raise InputError(f"{path} is a captioner of the course's already: nothing is to be taken over.")
        file.get("model_weights", file).visititems(collect)
    recurrent: list[list[np.ndarray]] = []
    dense, embed = {}, []
    for place, arrays in groups.items():
        # Called bias, kernel, recurrent_kernel; or, in Keras 3, kernel, recurrent, bias in the order 0, 1, 2.
        values = [arrays[kind] for kind in sorted(arrays, key=lambda kind: ("bias" in kind, kind))]
        dimensions = [value.ndim for value in values]
        if dimensions in ([2, 2, 1], [2, 2, 2]):
            recurrent.append(values)
        elif dimensions == [2, 2]:  # without biases
            recurrent.append([*values, np.zeros(values[1].shape[1], values[1].dtype)])
        elif dimensions == [2, 1]:
            dense[place.strip("/")] = values[0], values[1]
        elif dimensions == [2]:
            embed.append(values[0])
        else:
            shapes = ", ".join(str(value.shape) for value in values)
            raise InputError(f"{path}: {place} has weights {shapes}, which no layer of a captioner has.")
    if len(recurrent) != 1 or len(embed) != 1:
        raise InputError(
            f"{path} has {len(recurrent)} recurrent layers and {len(embed)} embeddings; expected one of each "
            "(SimpleRNN, LSTM or GRU, and Embedding)."
        )
    Wx, Wh, b = recurrent[0]
    if b.ndim == 1 and Wh.shape[1] == 3 * len(Wh):
        raise InputError(
            f"{path} has a GRU with reset_after=False: its reset gate acts before the product with the "
            "hidden state, ours (and PyTorch's) after it. Train it with reset_after=True, the default."
        )
    bx, bh = (b[0], b[1]) if b.ndim == 2 and len(b) == 2 else (b, np.zeros_like(b))
    return Weights(embed[0], Wx, Wh, bx, bh, dense)


def export(captioner: Captioner, path: Path) -> None:
    """Write a captioner for PyTorch (``.safetensors``) or Keras (``.h5``).

    The features that it takes are raw: their standardization has become a part of the first layer. In
    PyTorch the layers are called ``project``, ``embed``, ``recurrent`` and ``vocab``; the vocabulary is in
    the file too.

    Raises:
        InputError: it has attention, which no layer of theirs has; the file has another ending, or cannot
            be written.
    """
    framework = {".safetensors": "PyTorch", ".h5": "Keras"}.get(path.suffix.lower())
    if framework is None:
        raise InputError(
            f"{path}: expected a name that ends in .safetensors (for PyTorch) or .h5 (for Keras)."
        )
    if captioner.cell == "attention":
        raise InputError(
            "a captioner with attention has no counterpart among the layers of PyTorch and Keras."
        )
    p, (mean, scale) = captioner.params, captioner.standardization
    W_proj = p["W_proj"] / np.float32(scale)
    b_proj = p["b_proj"] - mean @ W_proj
    order = np.argsort(GATES[framework][captioner.cell])
    Wx, Wh, b = (
        np.concatenate([np.split(p[name], len(order), axis=-1)[k] for k in order], axis=-1)
        for name in ("Wx", "Wh", "b")
    )
    words = json.dumps(captioner.idx_to_word)
    with atomic_write(path) as temporary:
        if framework == "PyTorch":
            arrays = {
                **{"project.weight": W_proj.T, "project.bias": b_proj, "embed.weight": p["W_embed"]},
                **{"recurrent.weight_ih_l0": Wx.T, "recurrent.weight_hh_l0": Wh.T},
                **{"recurrent.bias_ih_l0": b, "recurrent.bias_hh_l0": np.zeros_like(b)},
                **{"vocab.weight": p["W_vocab"].T, "vocab.bias": p["b_vocab"]},
            }
            contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
            # Python writes it: safetensors' own errors do not say that the disk is full.
            meta = {"cell": captioner.cell, "idx_to_word": words, "format": "pt"}
            temporary.write_bytes(save(contiguous, meta))
        else:
            recurrent = {"rnn": "simple_rnn", "lstm": "lstm", "gru": "gru"}[captioner.cell]
            bias = np.stack([b, np.zeros_like(b)]) if captioner.cell == "gru" else b
            # Of the latest versions of HDF5's format, in which an attribute may have more than 64 KB.
            with writing(temporary, libver="latest") as file:
                file.attrs["idx_to_word"] = words
                for name, values in (
                    ("dense", (W_proj, b_proj)),
                    ("embedding", (p["W_embed"],)),
                    (f"{recurrent}/cell", (Wx, Wh, bias)),
                    ("dense_1", (p["W_vocab"], p["b_vocab"])),
                ):
                    for number, array in enumerate(values):
                        file[f"layers/{name}/vars/{number}"] = array
