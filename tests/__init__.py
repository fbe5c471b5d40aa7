"""The tests. What stands here runs before anything else of them, in each process that tests."""

import os
import sys
from pathlib import Path

# jsonschema, which nbformat and Jupyter bring, makes 39 grammars with this library where it finds it, to
# check addresses that none of our notebooks has. It takes seconds, in each program that the tests start, too.
NO_GRAMMARS = str(Path(__file__).parent / "no_grammars")
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
_paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
if NO_GRAMMARS not in _paths:
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [NO_GRAMMARS, *_paths]))
