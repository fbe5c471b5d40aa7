"""How the widgets look: their JavaScript and CSS."""

from pathlib import Path

from captioning.figures.style import DARK, LIGHT, Theme

STATIC = Path(__file__).parent / "static"
# Where a page says that it is dark: JupyterLab and Notebook 7, the book, Visual Studio Code.
DARK_PAGES = (
    '[data-jp-theme-light="false"] .captioning-widget',
    'html[data-theme="dark"] .captioning-widget',
    ".vscode-dark .captioning-widget",
)


def front_end(*names: str) -> str:
    """Return the JavaScript of a widget, one module: the parts that all share, and its own."""
    parts = ("elements", "parts", *names)
    return "\n".join((STATIC / f"{part}.js").read_text(encoding="utf-8") for part in parts)


def style_sheet() -> str:
    """Return the CSS of the widgets, with the colours of the house's figures."""
    dark = ", ".join(DARK_PAGES)
    rules = (STATIC / "widgets.css").read_text(encoding="utf-8")
    return f".captioning-widget {{ {_colors(LIGHT)} }}\n{dark} {{ {_colors(DARK)} }}\n{rules}"


def _colors(theme: Theme) -> str:
    names = ("paper", "ink", "quiet", "line", "accent", "tint", "grey", "warm")
    return " ".join(f"--{name}: {getattr(theme, name)};" for name in names) + f" color-scheme: {theme.name};"
