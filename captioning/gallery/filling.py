"""The templates of pages that are one file, run no script and ask for nothing outside."""

from typing import Any

import jinja2


def filled(template: str, **content: Any) -> str:
    """Return a template of this package with its content; a name that is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("captioning.gallery", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(**content)
