"""What a page of the book has above a chapter: where to get it as a notebook, and where to run it."""

import os
import re

from coursebuilder.chapter import Chapter

COLAB = "https://colab.research.google.com"


def with_links(text: str, chapter: Chapter) -> str:
    """Return a chapter's text with a line of links below its title.

    Colab and Binder need to know where the project lives; ``GITHUB_REPOSITORY`` says so, which GitHub
    sets where it builds the book. Without it there are no links to them.
    """
    path = f"{chapter.name}/{chapter.name}.ipynb"
    links = [
        f'<a href="{path}" download>Download this chapter as a notebook</a>',
        f'<a href="http://localhost:8888/lab/tree/{path}">open it in your JupyterLab</a>',
    ]
    hint = ""
    slug = os.environ.get("GITHUB_REPOSITORY", "")
    if slug:
        links += [
            f'<a href="https://mybinder.org/v2/gh/{slug}/HEAD?urlpath=lab/tree/starter/{path}">in Binder</a>',
            f'<a href="{COLAB}/github/{slug}/blob/HEAD/starter/{path}">in Colab</a>',
        ]
        hint = f" Colab first needs <code>%pip install git+https://github.com/{slug}</code>."
    line = f"{links[0]}, or {', '.join(links[1:])}.{hint}"
    return re.sub(
        r"^(# .+)$", rf'\1\n\n<p class="chapter-links">{line}</p>', text, count=1, flags=re.MULTILINE
    )
