"""The recipes of ``datasets/``, which is not a package: run by path, and loaded so by their tests."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def recipe(name: str) -> ModuleType:
    """Load a recipe: ``"scenes/train_vgg16"``."""
    path = ROOT / "datasets" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
