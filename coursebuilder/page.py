"""What a page of the book has above a chapter: where to get it as a notebook, and where to run it."""

import re

from captioning.installing import address
from coursebuilder.chapter import Chapter
from coursebuilder.whole_game import NOTEBOOKS

COLAB = "https://colab.research.google.com"


def with_links(text: str, chapter: Chapter) -> str:
    """Return a chapter's text with a line of links below its title."""
    return _below_title(
        text, _links("Download this chapter as a notebook", f"{chapter.name}/{chapter.name}.ipynb")
    )


def with_game_links(text: str) -> str:
    """Return the text of the whole game with a line of links to each of its notebooks below its title."""
    lines = [_links(f"Download {name}.ipynb", f"{name}.ipynb") for name in NOTEBOOKS]
    return _below_title(text, "<br>".join(lines))


def _links(label: str, path: str) -> str:
    slug = address().removeprefix("https://github.com/")
    links = [
        f'<a href="{path}" download>{label}</a>',
        f'<a href="http://localhost:8888/lab/tree/{path}">open it in your JupyterLab</a>',
        f'<a href="https://mybinder.org/v2/gh/{slug}/HEAD?urlpath=lab/tree/my-course/{path}">in Binder</a>',
        f'<a href="{COLAB}/github/{slug}/blob/HEAD/starter/{path}">in Colab</a>',
    ]
    return f"{links[0]}, or {', '.join(links[1:])}."


def _below_title(text: str, links: str) -> str:
    return re.sub(
        r"^(# .+)$", rf'\1\n\n<p class="chapter-links">{links}</p>', text, count=1, flags=re.MULTILINE
    )
