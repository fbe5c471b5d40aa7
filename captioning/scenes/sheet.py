"""Contact sheets: many pictures on one, each with its caption."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene

MARGIN = 16
PAPER, INK = (252, 250, 245), (52, 48, 60)


def contact_sheet(
    scenes: Sequence[Scene], captions: Sequence[str], *, columns: int = 4, size: int = 256
) -> Image.Image:
    """Draw scenes in rows, each above its caption; `size` is the side of a picture in pixels."""
    font = ImageFont.load_default(size / 18)
    line = size // 13
    width, height = size + MARGIN, size + 3 * line + MARGIN
    rows = -(-len(scenes) // columns)
    sheet = Image.new("RGB", (columns * width + MARGIN, rows * height + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    for n, (scene, caption) in enumerate(zip(scenes, captions, strict=True)):
        x, y = MARGIN + n % columns * width, MARGIN + n // columns * height
        sheet.paste(Image.fromarray(draw(scene, size)), (x, y))
        for row, text in enumerate(_wrapped(caption, size, pen, font)):
            pen.text((x, y + size + 0.3 * line + row * line), text, fill=INK, font=font)
    return sheet


def _wrapped(
    text: str, width: int, pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> list[str]:
    """Break a text into lines of at most `width` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if pen.textlength(longer, font=font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
