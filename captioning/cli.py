"""The command ``captioning``: finds the command that is asked for, and says what went wrong."""

import errno
import glob
import importlib
import io
import json
import os
import signal
import sys
from pathlib import Path

import click

from captioning.errors import InputError
from captioning.files import DISK_FULL

# Each stands in a module of its own, which is loaded only when it is used: the layers, HDF5 and Matplotlib
# take a second. What checks answers belongs to the autograder, what needs a checkout to the course builder;
# neither is imported here. The sentences are the lines of `captioning --help`.
COMMANDS = {
    "data": ("captioning.commands.data", "Get data and weights, and see which are there."),
    "features": ("captioning.commands.features", "Compute the fc7 features of photos with VGG16."),
    "train": ("captioning.commands.train", "Train a captioner."),
    "evaluate": ("captioning.commands.evaluate", "Measure captioners, side by side."),
    "show": ("captioning.commands.show", "Show what a captioner says, beside what people said."),
    "caption": ("captioning.commands.caption", "Caption photos."),
    "import": ("captioning.commands.import_", "Take over a captioner trained with PyTorch or Keras."),
    "export": ("captioning.commands.export", "Write a captioner for PyTorch or Keras."),
    "start": ("captioning.commands.start", "Make a folder with the chapters, to work in."),
    "update": ("captioning.commands.update", "Bring new versions of chapters, around what you wrote."),
    "reset": ("captioning.commands.reset", "Start a chapter again, with a backup."),
    "check": ("autograder.commands.check", "Check your answers in notebooks and scripts."),
    "borrow": ("autograder.commands.borrow", "Run on the course's own version of a layer for now."),
    "progress": ("autograder.commands.progress", "Show what is done, whose code runs, and what comes next."),
    "built": ("captioning.commands.built", "Write a page on what you built, to send to a friend."),
    "release": ("coursebuilder.commands.release", "Make an nbgrader course folder for a chapter."),
    "collect": ("autograder.grading.commands.collect", "Take in what a class handed in to Moodle or Canvas."),
    "grade": ("autograder.grading.commands.grade", "Grade what a class handed in."),
    "explain": ("autograder.grading.commands.explain", "Reach a verdict once more, for an appeal."),
    "stats": ("autograder.grading.commands.stats", "Show what a class finds hard."),
    "marks": ("autograder.grading.commands.marks", "Write marks for Moodle, Canvas or a spreadsheet."),
    "gradescope": ("autograder.grading.commands.gradescope", "Make the autograder.zip of an assignment."),
    "doctor": ("autograder.grading.commands.doctor", "Tell which sandbox this machine has for grading."),
    "demo": ("captioning.commands.demo", "Train and compare three captioners, and make a gallery of it."),
    "live": ("captioning.commands.live", "Write the captioner for a web page."),
}

NO_MEMORY = "there is not enough memory for that. Ask for less of it, or for smaller sizes."
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
            return _of_a_checkout(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _of_a_checkout(name: str) -> click.Command:
    """Return what stands for a command of those who teach in an installed course: it says what it needs."""
    from captioning.installing import address  # noqa: PLC0415  (it reads what pip has noted)

    needs = (
        f"needs a checkout of the project. Clone {address()}, run `python -m pip install --editable "
        "'.[book]'` in it, and call the command there."
    )

    def refuse(**_: object) -> None:
        raise InputError(f"`captioning {name}` {needs}")

    return click.Command(
        name,
        callback=refuse,
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED, metavar="[...]")],
        context_settings={"ignore_unknown_options": True},
        help=f"{COMMANDS[name][1]} It {needs}",
    )


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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names of files, and words, that the encoding of a terminal or a file does not have.
            stream.reconfigure(errors="backslashreplace")
    code = run(expanded(sys.argv[1:]) if os.name == "nt" else sys.argv[1:])
    # All is said: a Ctrl-C that comes while Python tidies up must not print a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _no_output(error)
    sys.exit(code)


def expanded(args: list[str]) -> list[str]:
    """Put names of files for patterns such as ``*.jpg``, which Windows leaves to each program."""
    return [
        name
        for arg in args
        for name in (any(sign in arg for sign in "*?") and sorted(glob.glob(arg))) or [arg]
    ]


def run(args: list[str]) -> int:
    """Run the command line and return the exit code."""
    try:
        if "" in args or any(arg.startswith("--") and arg.endswith("=") for arg in args):
            raise click.UsageError("one of the arguments is empty. Is a variable of the shell not set?")
        _require_folder()
        # Without its standalone mode, click returns the code of `ctx.exit` and raises everything else.
        return cli.main(args, prog_name="captioning", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.NoSuchOption) and (names := [arg for arg in args if _is_file(arg)]):
            click.echo(f"The file of that name is ./{names[0]}", err=True)
        return _failed(args, error.format_message(), error.exit_code, tell=False)
    except click.Abort:
        return 130
    except (InputError, MemoryError) as error:
        return _failed(args, NO_MEMORY if isinstance(error, MemoryError) else str(error), 1)
    except OSError as error:
        if error.filename is not None:
            return _failed(args, f"{error.filename}: {error.strerror}.", 1)
        if error.errno in {errno.EPIPE, *DISK_FULL}:
            return _no_output(error)
        # Without a file it is not the user's input, but a fault that needs its traceback.
        raise


def _is_file(arg: str) -> bool:
    return arg.startswith("-") and Path(arg).is_file()


def _require_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise InputError(
            "the working folder is not there any more. Go to another one, with `cd` and its path."
        ) from error


def _failed(args: list[str], message: str, code: int, *, tell: bool = True) -> int:
    """Say what went wrong, with --json also as JSON; return the exit code."""
    if tell:
        click.echo(f"Error: {message}", err=True)
    if "--json" in args:
        click.echo(json.dumps({"error": message, "exit_code": code}, indent=2))
    return code


def _no_output(error: OSError) -> int:
    """End where stdout takes no more: in silence where nobody reads on, as other programs do."""
    # Else Python would fail once more, on its way out.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno != errno.EPIPE:
        click.echo(f"Error: the output cannot be written: {error.strerror}.", err=True)
    return 1
