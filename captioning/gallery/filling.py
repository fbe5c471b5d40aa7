"""The templates of pages that are one file, run no script and ask for nothing outside."""

from typing import Any

import jinja2


def filled(template: str, package: str = "captioning.gallery", **content: Any) -> str:
    """Return a template of a package with its content; a name that is missing is an error.

    Templates of another package may include those of this one.
    """
    packages = dict.fromkeys([package, "captioning.gallery"])
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name, "templates") for name in packages]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(**content)
