"""``captioning export``: write a captioner for another framework."""

from pathlib import Path

import click

from captioning.commands.options import CaptionerPath
from captioning.commands.shared import json_option, print_json, require_other_file, seed_option
from captioning.training.captioner import captioner_path, load_captioner
from captioning.training.frameworks import export


@click.command()
@click.argument("model", metavar="RUN", type=CaptionerPath())
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: .safetensors for PyTorch, .weights.h5 for Keras.",
)
@seed_option
@json_option
def command(model: str | Path, out: Path, as_json: bool) -> None:
    """Write the weights of a captioner for PyTorch or Keras.

    RUN is the folder of a run of `captioning train`, or the name of a captioner that comes with the course:
    rnn, lstm or gru. PyTorch's file is the state of a module with the layers project, embed, recurrent and
    vocab; Keras's is what `save_weights` writes of a model of the same layers. Both take the features as they
    are.

    Example: captioning export runs/lstm --out lstm.safetensors
    """
    captioner = load_captioner(model)
    require_other_file(captioner_path(model), out)
    export(captioner, out)
    if as_json:
        print_json({"file": out, "cell": captioner.cell})
        return
    click.echo(
        f"{out}: {captioner.cell}, {len(captioner.idx_to_word)} words, {captioner.input_dim} features."
    )
