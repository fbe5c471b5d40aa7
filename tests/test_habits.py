"""What contributors are held to is one list, wherever it stands."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def test_pre_commit_runs_what_make_lint_runs() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    hooks = [hook["entry"].removeprefix(".venv/bin/") for hook in repo["hooks"]]
    _, _, recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlint: $(VENV)/.installed\n")
    lines = recipe.partition("\n\n")[0].splitlines()
    assert hooks == [line.removeprefix("\t$(BIN)/") for line in lines]
    assert len(hooks) == 5
