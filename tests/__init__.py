"""The tests. What stands here runs before anything else of them, in each process that tests."""

import sys

# jsonschema, which nbformat brings, makes 39 grammars with this library where it finds it, to check addresses
# that none of our notebooks has. It takes seconds.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
