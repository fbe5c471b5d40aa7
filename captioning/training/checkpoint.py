"""A training run in one HDF5 file: the captioner that came of it so far, and all that it needs to go on."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from captioning.errors import InputError
from captioning.hdf5 import DAMAGED, new_hdf5, open_hdf5, readable
from captioning.records import from_record
from captioning.training.captioner import (
    TRAINING,
    Captioner,
    captioner_path,
    read_captioner,
    require_params,
    write_captioner,
)
from captioning.training.config import TrainingConfig

# What update rules remember of a parameter.
OPTIMIZER_MEMORY = {
    *("learning_rate", "momentum", "velocity", "decay_rate", "epsilon", "cache"),
    *("beta1", "beta2", "m", "v", "t"),
}


@dataclass
class History:
    """How a run went so far; losses are summed over time and averaged over captions.

    Attributes:
        minibatch_loss: the training loss of every minibatch.
        iterations: for each epoch, how many minibatches had been seen at its end.
        train_loss: for each epoch, the mean loss of its captions while they were learned.
        val_loss: for each epoch, the loss of the validation captions at its end.
        val_perplexity: likewise, the perplexity per word, ``<END>`` included.
    """

    minibatch_loss: list[float] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_perplexity: list[float] = field(default_factory=list)


@dataclass
class Checkpoint:
    """The state of a training run.

    Attributes:
        config: what was asked for.
        captioner: with the parameters of the epoch that had the lowest validation loss.
        captions_checksum: of the training captions, to know them again.
        params: the parameters as they are now.
        optimizer: for each parameter what its update rule remembers.
        history: the losses so far. Its length is the position in the run: whatever is random at a step
            is drawn from the seed and that position, so there is no other state of randomness to keep.
    """

    config: TrainingConfig
    captioner: Captioner
    captions_checksum: int
    params: dict[str, np.ndarray]
    optimizer: dict[str, dict[str, Any]]
    history: History = field(default_factory=History)

    @property
    def iteration(self) -> int:
        """How many minibatches have been learned from."""
        return len(self.history.minibatch_loss)

    @property
    def epoch(self) -> int:
        """How many epochs are complete."""
        return len(self.history.val_loss)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, that the captioner comes from; 0 before the first has ended."""
        return int(np.argmin(self.history.val_loss)) + 1 if self.epoch else 0

    def model(self) -> Any:
        """Return a model that has the parameters of the run, as they are now and as they will be."""
        model = replace(self.captioner, params=self.params).model
        model.params = self.params
        return model

    def require_finite(self, finite: bool) -> None:
        """Raise ``InputError``, with what to do, unless what was computed is finite."""
        if not finite:
            raise InputError(
                f"training diverged after {self.iteration} minibatches (epoch {self.epoch + 1}): the loss, a "
                "gradient or a parameter is no longer finite. The learning rate of "
                f"{self.config.learning_rate:g} is probably too high: begin again with a tenth of it, in "
                "another folder. The last checkpoint is as it was."
            )


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    with new_hdf5(path) as file:
        write_captioner(file, checkpoint.captioner)
        tree = {
            "captions_checksum": checkpoint.captions_checksum,
            "params": checkpoint.params,
            "optimizer": checkpoint.optimizer,
            "history": asdict(checkpoint.history),
        }
        group = file.create_group(TRAINING)
        group.attrs["config"] = json.dumps(asdict(checkpoint.config))
        _write_tree(group, tree)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read what ``save_checkpoint`` wrote.

    Args:
        path: the file, or the folder of the run.

    Raises:
        InputError: there is no such file; it is not an HDF5 file, was cut off or is not a checkpoint; its
            parameters do not fit its own captioner, or are not finite.
    """
    path = captioner_path(path)
    with open_hdf5(path) as file, readable(path):
        captioner = read_captioner(file)
        if TRAINING not in file:
            raise InputError(
                f"{path} is a captioner without the state of its training, not a checkpoint to go on from. "
                "Train another with `captioning train`."
            )
        try:
            tree = _read_tree(file[TRAINING])
            checkpoint = Checkpoint(
                config=from_record(TrainingConfig, _config(file[TRAINING].attrs["config"])),
                captioner=captioner,
                captions_checksum=tree["captions_checksum"],
                params=tree["params"],
                optimizer=tree["optimizer"],
                history=from_record(
                    History, {name: losses.tolist() for name, losses in tree["history"].items()}
                ),
            )
            require_params(path, captioner, checkpoint.params)
            _require_one_run(checkpoint)
        except InputError:
            raise
        except DAMAGED as error:
            raise InputError(f"{path} is damaged: {error}. Train again.") from error
    return checkpoint


def load_history(which: str | Path) -> History | None:
    """Return how a captioner learned; None of one that comes without its training, as those of the course do.

    Args:
        which: as for ``load_captioner``.

    Raises:
        InputError: as ``load_checkpoint``.
    """
    path = captioner_path(which)
    with open_hdf5(path) as file, readable(path):
        if TRAINING not in file:
            return None
    return load_checkpoint(path).history


def _config(text: str) -> Any:
    """Return a configuration as JSON has it; earlier runs did not say of what they had no choice."""
    said = json.loads(text)
    return {"shards": 1, "val_captions": None} | said if isinstance(said, dict) else said


def _require_one_run(run: Checkpoint) -> None:
    """Raise ValueError unless the parts of a checkpoint belong together."""
    config, history = run.config, run.history
    wordvec_dim, hidden_dim = run.params["W_embed"].shape[1], len(run.params["Wh"])
    said = config.cell, config.wordvec_dim, config.hidden_dim
    if said != (run.captioner.cell, wordvec_dim, hidden_dim):
        raise ValueError(
            f"its configuration says {said}, but it holds {run.captioner!r} and {hidden_dim} units"
        )
    if type(run.captions_checksum) is not int:
        raise ValueError(f"captions_checksum is {run.captions_checksum!r}")
    epochs = {len(losses) for losses in (history.iterations, history.train_loss, history.val_perplexity)}
    in_order = history.iterations == sorted(set(history.iterations))
    if epochs != {run.epoch} or not in_order or max(history.iterations, default=0) > run.iteration:
        raise ValueError("its history contradicts itself")
    if set(run.optimizer) != set(run.params):
        raise ValueError("the memory of its optimizer is of other parameters")
    for name, memory in run.optimizer.items():
        for key, value in memory.items():
            if key not in OPTIMIZER_MEMORY or not np.isfinite(value).all():
                raise ValueError(f"the optimizer remembers {key} of {name}, {value!r}")
            if isinstance(value, np.ndarray) and value.shape != run.params[name].shape:
                raise ValueError(f"the optimizer remembers {key} of {name} of shape {value.shape}")


def _write_tree(group: h5py.Group, tree: dict[str, Any]) -> None:
    """Write dictionaries as groups, arrays as datasets, and the numbers of a group as one attribute.

    In the order of the alphabet, as HDF5 reads them back: equal trees are equal files, byte for byte.
    """
    numbers = {}
    for name, value in sorted(tree.items()):
        if isinstance(value, dict):
            _write_tree(group.create_group(name), value)
        elif isinstance(value, int | float):
            numbers[name] = value
        else:
            group[name] = value
    group.attrs["numbers"] = json.dumps(numbers)


def _read_tree(group: h5py.Group) -> dict[str, Any]:
    """Read what ``_write_tree`` wrote."""
    tree = json.loads(group.attrs["numbers"])
    for name, item in group.items():
        tree[name] = _read_tree(item) if isinstance(item, h5py.Group) else item[()]
    return tree
