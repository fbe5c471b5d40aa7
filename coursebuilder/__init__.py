"""From a chapter of ``book/`` and the code of ``solutions/`` to notebooks, releases and pages."""

import sys

# jsonschema, which nbformat brings, makes 39 grammars with this library where it finds it, to check addresses
# that no notebook of ours has: half of the time that a command takes to begin.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
