"""The tests. What stands here runs before anything else of them, in each process that tests."""

import os
from pathlib import Path

import coursebuilder  # noqa: F401  (it keeps jsonschema from making grammars of addresses)

# The programs that the tests start make none either: what stands here is found before the library.
NO_GRAMMARS = str(Path(__file__).parent / "no_grammars")
_paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
if NO_GRAMMARS not in _paths:
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [NO_GRAMMARS, *_paths]))
