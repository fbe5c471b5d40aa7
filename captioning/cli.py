"""The command ``captioning``: finds the command that is asked for, and says what went wrong."""

import importlib
import sys

import click

from captioning.errors import InputError

# Each stands in a module of its own, which is loaded only when it is used: the layers, HDF5 and Matplotlib
# take a second. What checks answers belongs to the autograder, what needs a checkout to the course builder;
# neither is imported here. The sentences are the lines of `captioning --help`.
COMMANDS = {
    "data": ("captioning.commands.data", "Get data and weights, and see which are there."),
    "features": ("captioning.commands.features", "Compute the fc7 features of photos with VGG16."),
    "train": ("captioning.commands.train", "Train a captioner."),
    "evaluate": ("captioning.commands.evaluate", "Measure captioners, side by side."),
    "caption": ("captioning.commands.caption", "Caption photos."),
    "start": ("captioning.commands.start", "Make a folder with the chapters, to work in."),
    "update": ("captioning.commands.update", "Bring new versions of the chapters that you have not changed."),
    "reset": ("captioning.commands.reset", "Start a chapter again, with a backup."),
    "check": ("autograder.commands.check", "Check your answers in notebooks and scripts."),
    "progress": ("autograder.commands.progress", "Show what is done, whose code runs, and what comes next."),
    "release": ("coursebuilder.commands.release", "Make an nbgrader course folder for a chapter."),
    "collect": ("autograder.grading.commands.collect", "Take in what a class handed in to Moodle or Canvas."),
    "grade": ("autograder.grading.commands.grade", "Grade what a class handed in."),
    "explain": ("autograder.grading.commands.explain", "Reach a verdict once more, for an appeal."),
    "stats": ("autograder.grading.commands.stats", "Show what a class finds hard."),
    "export": ("autograder.grading.commands.export", "Write marks for Moodle, Canvas or a spreadsheet."),
    "doctor": ("autograder.grading.commands.doctor", "Tell which sandbox this machine has for grading."),
    "demo": ("captioning.commands.demo", "Train and compare three captioners, and make a gallery of it."),
}

# These packages are in no wheel.
CHECKOUT_ONLY = ("coursebuilder", "autograder.grading")


class LazyGroup(click.Group):
    """A group whose commands are modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        try:
            return importlib.import_module(module).command
        except ModuleNotFoundError as error:
            if not f"{error.name}.".startswith(tuple(f"{package}." for package in CHECKOUT_ONLY)):
                raise
            raise InputError(
                f"`captioning {cmd_name}` needs a checkout of the project: {error.name} is in no wheel. "
                "Clone the project, run `pip install --editable '.[book]'` in it, and call the command there."
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=LazyGroup, name="captioning")
@click.version_option(package_name="captioning-from-scratch")
def cli() -> None:
    """Image captioning from scratch: VGG16 features, an RNN, LSTM or GRU, words.

    Every command tells more with --help. It ends with exit code 0 when all went well, 1 for bad input, 2 for
    bad usage, 130 for Ctrl-C, and 3 where `check` finds answers that are not right yet.

    Example: captioning train --data scenes --cell lstm --out runs/lstm
    """


def main() -> None:
    """Run the command line; exit with 1 for bad input, 2 for bad usage, 130 for Ctrl-C."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run the command line and return the exit code."""
    try:
        # Without its standalone mode, click returns the code of `ctx.exit` and raises everything else.
        return cli.main(args, prog_name="captioning", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except OSError as error:
        # Without a file it is not the user's input, but a fault that needs its traceback.
        if error.filename is None:
            raise
        click.echo(f"Error: {error.filename}: {error.strerror}.", err=True)
        return 1
