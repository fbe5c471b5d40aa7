"""What the commands around captioners have in common: which data, which decoding."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from click.core import ParameterSource

from captioning import layers
from captioning.commands.shared import Count, Number
from captioning.data.scenes_cache import scenes_folder
from captioning.training.captioner import CELLS

data_option = click.option(
    "--data",
    "data_name",
    metavar="FOLDER|scenes",
    required=True,
    help="Folder of captions and features, or `scenes`: the pictures that the project draws.",
)
beam_width_option = click.option(
    "--beam-width",
    metavar="N",
    type=Count(1, 1000),
    default=5,
    show_default=True,
    help="Beginnings followed at once by beam search.",
)
length_penalty_option = click.option(
    "--length-penalty",
    metavar="P",
    type=Number(0),
    default=1.0,
    show_default=True,
    help="How beams of different lengths compare: 0 by their log-probability, 1 by its mean per word.",
)
search_option = click.option(
    "--decoding",
    type=click.Choice(["greedy", "beam"]),
    default="greedy",
    show_default=True,
    help="How captions are found.",
)
max_length_option = click.option(
    "--max-length",
    metavar="N",
    type=Count(1),
    default=30,
    show_default=True,
    help="Words to say at most.",
)


unknown_option = click.option(
    "--unknown", is_flag=True, help="Let it say <UNK>, which stands for all words that it does not know."
)


class CaptionerPath(click.Path):
    """The path of a captioner, or the name of one that comes with the course."""

    def __init__(self) -> None:
        super().__init__(exists=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value in CELLS and not Path(value).exists() else super().convert(value, param, ctx)


def data_folder(name: str, grids: Sequence[str] = ()) -> Path:
    """Return the folder of a set of data; that of the scenes is made when it is not there yet.

    Args:
        name: a path, or "scenes".
        grids: see ``scenes_folder``.
    """
    return scenes_folder(grids=grids) if name == "scenes" else Path(name)


def search(
    decoding: str, beam_width: int, length_penalty: float, max_length: int
) -> Callable[[Any, np.ndarray], np.ndarray]:
    """Return what finds captions as ``search_option`` says.

    Returns:
        A function of a model and features ``(N, ...)`` that returns words ``(N, L)``.

    Raises:
        UsageError: options of beam search were given for greedy decoding.
    """
    refuse_options_of_others(decoding, {"beam": {"beam_width", "length_penalty"}})

    def find(model: Any, features: np.ndarray) -> np.ndarray:
        if decoding == "greedy":
            return layers.greedy_decode(model, features, max_length).words
        return layers.beam_search(model, features, beam_width, length_penalty, max_length)[0].words

    return find


def given_options() -> set[str]:
    """Return the names of the parameters that the user gave on the command line."""
    ctx = click.get_current_context()
    return {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}


def refuse_options_of_others(decoding: str, options: Mapping[str, set[str]]) -> None:
    """Refuse options that have no meaning for a decoding.

    Args:
        decoding: what was chosen.
        options: for each decoding the parameters that only it has.

    Raises:
        click.UsageError: another decoding's option was given.
    """
    given = given_options()
    for owner, names in options.items():
        if owner != decoding and names & given:
            flags = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(names & given))
            raise click.UsageError(f"{flags}: only for --decoding {owner}, and this is {decoding}.")
