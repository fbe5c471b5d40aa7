"""``captioning import``: take over a captioner that another framework trained."""

from pathlib import Path

import click
import numpy as np

from captioning.commands.shared import json_option, print_json, require_other_file, seed_option
from captioning.data.coco_layout import CaptionData, features_file
from captioning.errors import InputError
from captioning.photos.standardization import Standardization
from captioning.training.captioner import Captioner, save_captioner
from captioning.training.frameworks import load_params, words_of


@click.command()
@click.argument("weights", type=click.Path(path_type=Path))
@click.option(
    "--data",
    "data_folder",
    metavar="FOLDER",
    required=True,
    type=click.Path(path_type=Path),
    help="The data that it was trained on: their vocabulary, in its order, and how the features were made.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The captioner to write."
)
@seed_option
@json_option
def command(weights: Path, data_folder: Path, out: Path, as_json: bool) -> None:
    """Take over a captioner that was trained with PyTorch or Keras.

    WEIGHTS are PyTorch's, saved as safetensors, or Keras's in HDF5: an embedding, an RNN, LSTM or GRU of one
    layer whose first hidden state a linear layer makes of the features, and a linear layer to the words.
    The result is what `caption` and `evaluate` take, and says the same captions.

    Example: captioning import theirs.safetensors --data coco --out theirs.h5
    """
    require_other_file(weights, out)
    cell, params = load_params(weights)
    V, D = len(params["W_embed"]), len(params["W_proj"])
    data = _open_data(data_folder, D)
    if (len(data.idx_to_word), data.input_dim) != (V, D):
        raise InputError(
            f"{weights} has {V} words and takes {D} features; {data_folder} has {len(data.idx_to_word)} "
            f"words and {data.input_dim} features. Give the data that it was trained on."
        )
    words = words_of(weights)
    if words is not None and words != data.idx_to_word:
        raise InputError(
            f"{weights} says with which words it was trained, and {data_folder} has others, or the same in "
            "another order. Give the data that it was trained on."
        )
    # It has learned from the features as they are.
    as_they_are = Standardization(np.zeros(D, np.float32), 1.0)
    save_captioner(Captioner(cell, data.idx_to_word, data.encoder, as_they_are, params), out, np.float32)
    if as_json:
        print_json({"captioner": out, "cell": cell, "words": V, "features": D})
        return
    click.echo(f"{out}: {cell}, {V} words, {D} features. `captioning caption --model {out}` captions photos.")


def _open_data(folder: Path, n_columns: int) -> CaptionData:
    """Open data with features of so many columns, before or after PCA; with the others where none has."""
    there = [pca for pca in (True, False) if (folder / features_file("train", pca_features=pca)).exists()]
    for pca in there[:-1]:
        data = CaptionData(folder, pca_features=pca)
        if data.input_dim == n_columns:
            return data
    return CaptionData(folder, pca_features=there[-1] if there else False)
