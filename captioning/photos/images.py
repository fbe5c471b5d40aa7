"""First step: from a photo of any format and shape to the square of pixels that the network takes."""

import importlib.util
import io
import struct
import warnings
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from captioning.errors import InputError
from captioning.formats import format_of

# What counts as a photo, by the name of a file; AVIF and HEIC where what opens them is installed.
FORMATS = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},
    "PNG": {".png", ".apng"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
    "PPM": {".ppm", ".pgm", ".pbm", ".pnm"},
    "JPEG2000": {".jp2", ".j2k", ".jpx", ".jpf", ".j2c"},
    "AVIF": {".avif"},
    "HEIF": {".heic", ".heif", ".hif"},
}
# Pictures to the eye, and not to us: raw ones of cameras, drawings, layers.
NOT_OPENED = {
    *(".heic", ".heif", ".hif", ".avif", ".jxl", ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"),
    *(".orf", ".rw2", ".pef", ".srw", ".nrw", ".psd", ".xcf", ".svg", ".eps", ".tga", ".ico", ".pcx", ".exr"),
}
# No camera makes a longer side, and Pillow needs 8 bytes for each row before it reads one.
MAX_SIDE = 65535
# Floats up to more than 2 and less than this are none of the two scales of floats, 1 and 255.
DARKEST_WHITE = 16

# What Pillow's readers raise, by format, when a file is damaged.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)


class Unusable(Exception):
    """A picture that is whole, and cannot be used; the message goes on after its name."""


def open_photo(photo: Path | bytes, size: int = 224) -> np.ndarray:
    """Open a photo as a square of ``size`` pixels.

    It is turned as its EXIF data say, put on white where it is transparent, scaled until its short side
    is ``size`` pixels and cropped to the square in its middle. This is the view with which VGG16 was
    trained (Simonyan and Zisserman, 2015, section 3.1: isotropically rescaled, then cropped): nothing
    is squashed, and what a photographer puts in the middle is kept. Of an animation, the first frame.

    Args:
        photo: path of a file, or its content.
        size: height and width of the result in pixels.

    Returns:
        ``(size, size, 3)`` uint8; red, green, blue.

    Raises:
        InputError: there is no such file; it is not a picture, is cut off or damaged; it has so many
            pixels that opening it could fill the memory.
    """
    name = "the picture" if isinstance(photo, bytes) else str(photo)
    try:
        content = io.BytesIO(photo) if isinstance(photo, bytes) else io.BytesIO(Path(photo).read_bytes())
    except FileNotFoundError as error:
        download = " Of an address, download the photo first." if name.startswith(("http:", "https:")) else ""
        raise InputError(f"{name} does not exist.{download}") from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from error
    try:
        with warnings.catch_warnings():
            # Small faults that Pillow mends (a broken EXIF entry, say) are not worth a word.
            warnings.simplefilter("ignore")
            # Pillow refuses at twice the size at which it warns; we refuse where it warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(content, formats=opened_formats()) as image:
                if max(image.size) > MAX_SIDE:
                    raise InputError(
                        f"{name} says that it is {image.width} x {image.height} pixels; a side has at most "
                        f"{MAX_SIDE}. Make it smaller."
                    )
                image.verify()  # the checksums of a PNG, which are not compared when it is read
            with Image.open(content, formats=opened_formats()) as image:
                greys = _greys(image)
                ImageOps.exif_transpose(image, in_place=True)
                upright = _as_rgb(image, greys)
                square = ImageOps.fit(upright, (size, size), Image.Resampling.BICUBIC)
    except InputError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(
            f"{name} has more than {Image.MAX_IMAGE_PIXELS} pixels, too many to open safely. Make it smaller."
        ) from error
    except Image.UnidentifiedImageError as error:
        if not content.getvalue():
            raise InputError(f"{name} is empty. Get it again.") from error
        what = format_of(content.getvalue())
        if what and what.startswith("a HEIC") and "HEIF" in opened_formats():
            raise InputError(f"{name} is cut off or damaged. Get it again, or save it again.") from error
        raise InputError(
            f"{name} is not a picture in a format that can be read (JPEG, PNG, WebP...)"
            f"{f', but {what}' if what and 'a picture' not in what else ''}."
        ) from error
    except Unusable as error:
        raise InputError(f"{name} {error}") from error
    except DAMAGED as error:
        raise InputError(
            f"{name} is cut off or damaged ({' '.join(str(error).split())}). Get it again, or save it again."
        ) from error
    return np.array(square)


@cache
def opened_formats() -> list[str]:
    """Return the formats of pictures that are opened here, as Pillow calls them."""
    Image.init()
    if importlib.util.find_spec("pillow_heif"):
        importlib.import_module("pillow_heif").register_heif_opener()
    return [name for name in FORMATS if name in Image.OPEN]


def suffixes() -> tuple[set[str], set[str]]:
    """Return the suffixes of what is a photo, and of what looks like one and cannot be opened here."""
    opened = set().union(*(FORMATS[name] for name in opened_formats()))
    return opened, NOT_OPENED - opened


class _Greys(NamedTuple):
    """What the numbers of a picture with more than 8 bits mean.

    Attributes:
        scales: what may be white; the first that no number exceeds is.
        is_inverted: whether that is black.
        dtype: of the numbers, where Pillow takes them for others.
        transparent: the number that is transparent; None where none is.
    """

    scales: tuple[int, ...]
    is_inverted: bool
    dtype: str | None
    transparent: int | None


def _greys(image: Image.Image) -> _Greys:
    # Of TIFF: bits a sample, their kind (1 unsigned, 2 signed), what 0 is.
    tags = getattr(image, "tag_v2", {})
    bits, kind = tags.get(258, (32,))[0], tags.get(339, (2,))[0]
    dtype = "u4" if (bits, kind) == (32, 1) else None
    if image.mode.startswith("I;16"):
        bits = tags.get(258, (16,))[0]
        scales: tuple[int, ...] = (2 ** (bits if 8 < bits < 16 else 16) - 1,)
    elif image.mode == "I" and image.format in {"PNG", "PPM"}:
        scales = (65535,)
    elif (bits, kind) == (16, 2):
        scales = (32767,)
    else:
        # Numbers of 32 bits hold greys of fewer: up to 1 (or a little more) where they are floats.
        scales = (1, 255, 65535) if image.mode == "F" else (255, 65535, 2**32 - 1 if dtype else 2**31)
    transparent = image.info.get("transparency")
    return _Greys(scales, tags.get(262) == 0, dtype, transparent if isinstance(transparent, int) else None)


def _as_rgb(image: Image.Image, greys: _Greys) -> Image.Image:
    """Convert a picture of any mode to red, green, blue; ``greys`` are those of the file."""
    if image.mode.startswith(("I", "F")):
        # More than 8 bits a pixel, a scan say. Pillow would clip it to 255, that is to white.
        numbers = np.asarray(image)
        if greys.dtype and numbers.dtype.itemsize == np.dtype(greys.dtype).itemsize:
            numbers = numbers.view(greys.dtype)
        if not np.isfinite(numbers).all():
            raise Unusable("holds NaN or infinity: these are not greys. Save it again, with 8 or 16 bits.")
        least, largest = numbers.min(initial=0), numbers.max(initial=0)
        if least < 0 and image.mode != "F":
            raise Unusable(f"has greys below 0, {least} for one. Save it with 8 or 16 bits.")
        slack = 2 if image.mode == "F" and largest <= 2 else 1
        most = next((scale for scale in greys.scales if largest <= slack * scale), None)
        if most is None or (image.mode == "F" and 1 < largest / slack < DARKEST_WHITE):
            raise Unusable(f"has greys up to {largest:g}, which no scale has. Save it with 8 or 16 bits.")
        shades = numbers.astype(np.float64).clip(0, most) * (255 / most)
        shades = 255 - shades if greys.is_inverted else shades
        if greys.transparent is not None:
            shades[numbers == greys.transparent] = 255  # it stands on white
        image = Image.fromarray(shades.round().astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "RGB" else image.convert("RGB")
