"""From a chapter of ``book/`` and the code of ``solutions/`` to notebooks, releases and pages."""
