"""What datasets/ says: its README, its datasheets and the script, held to the table and the command line."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from captioning.cli import cli
from captioning.data.downloads import DOWNLOADS
from captioning.files import shipped

DATASETS = Path(__file__).parents[1] / "datasets"
README = (DATASETS / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [DATASETS / "README.md", *sorted(DATASETS.glob("*/DATASHEET.md"))]
SCRIPT = DATASETS / "get_coco_captioning.sh"


def test_the_table_is_shipped():
    assert shipped("registry.toml").samefile(DATASETS / "registry.toml")


def test_the_readme_names_every_download_with_its_datasheet_and_command():
    rows = [line for line in README.splitlines() if "| `captioning data get" in line]
    named = {re.search(r"\((\w+)/DATASHEET\.md\)", row)[1]: row for row in rows}
    assert list(named) == list(DOWNLOADS)
    for name, row in named.items():
        assert f"| `captioning data get {name}` |" in row
        published = sum(source.size or 0 for source in DOWNLOADS[name].sources)
        if all(source.size for source in DOWNLOADS[name].sources):
            assert f"| {published / 1e9:.1f} GB |" in row


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_datasheet_states_what_the_table_states(name):
    sheet = (DATASETS / name / "DATASHEET.md").read_text(encoding="utf-8")
    for source in DOWNLOADS[name].sources:
        row = next(line for line in sheet.splitlines() if f"{source.name}` |" in line)
        folder = source.url.rpartition("/")[0]
        assert folder in sheet
        assert source.hash is None or source.hash.removeprefix("md5:") in row
        assert source.size is None or f"{source.size:,}".replace(",", " ") in row


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_what_a_document_names_is_there(path):
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert all((path.parent / link).exists() for link in links)
    files = re.findall(r"(?:captioning|datasets|tests)/[\w/]+\.\w+", text)
    assert [file for file in files if not (DATASETS.parent / file).is_file()] == []


def commands():
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        yield from re.findall(r"`captioning ((?:\w|-)[^`]*)`", text)
        yield from re.findall(r"^    captioning (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_a_command_that_is_named_exists(line):
    """Follow the words down the groups; the options must be the last command's."""
    command, words = cli, line.split()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None
    options = {option for param in command.params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= options


def run(script, *args, path):
    return subprocess.run(
        [script, *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        env=os.environ | {"PATH": path},
    )


@pytest.fixture
def bare_path(tmp_path):
    """Return a PATH with what the script needs, and nothing of ours."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def test_the_script_is_the_command(bare_path):
    """A stand-in tells what it was called with; the options pass through, with their spaces."""
    stand_in = bare_path / "captioning"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    result = run(SCRIPT, "--folder", "a b", path=str(bare_path))
    assert result.stdout.splitlines() == ["data", "get", "coco", "--folder", "a b"]


def test_the_script_says_how_to_install_the_command(bare_path, tmp_path):
    copy = shutil.copy(SCRIPT, tmp_path)
    result = run(copy, "--help", path=str(bare_path))
    assert result.returncode == 127
    assert "pip install" in result.stderr


@pytest.mark.slow
def test_the_script_gives_the_commands_help(bare_path):
    result = run(SCRIPT, "--help", path=f"{Path(sys.executable).parent}{os.pathsep}{bare_path}")
    assert result.returncode == 0, result.stderr
    assert "captioning data get coco" in result.stdout
