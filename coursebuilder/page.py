"""What a page of the book has above a chapter: where to get it as a notebook, and where to run it."""

import re

from captioning.installing import address
from coursebuilder.chapter import Chapter

COLAB = "https://colab.research.google.com"


def with_links(text: str, chapter: Chapter) -> str:
    """Return a chapter's text with a line of links below its title."""
    path = f"{chapter.name}/{chapter.name}.ipynb"
    slug = address().removeprefix("https://github.com/")
    links = [
        f'<a href="{path}" download>Download this chapter as a notebook</a>',
        f'<a href="http://localhost:8888/lab/tree/{path}">open it in your JupyterLab</a>',
        f'<a href="https://mybinder.org/v2/gh/{slug}/HEAD?urlpath=lab/tree/my-course/{path}">in Binder</a>',
        f'<a href="{COLAB}/github/{slug}/blob/HEAD/starter/{path}">in Colab</a>',
    ]
    line = f"{links[0]}, or {', '.join(links[1:])}."
    return re.sub(
        r"^(# .+)$", rf'\1\n\n<p class="chapter-links">{line}</p>', text, count=1, flags=re.MULTILINE
    )
