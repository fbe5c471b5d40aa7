"""First step: from a photo of any format and shape to the square of pixels that the network takes."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from captioning.errors import InputError

# What Pillow's readers raise, by format, when a file is damaged.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)


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
        raise InputError(f"{name} does not exist.") from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from error
    try:
        with warnings.catch_warnings():
            # Small faults that Pillow mends (a broken EXIF entry, say) are not worth a word.
            warnings.simplefilter("ignore")
            # Pillow refuses at twice the size at which it warns; we refuse where it warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(content) as image:
                upright = _as_rgb(ImageOps.exif_transpose(image))
                square = ImageOps.fit(upright, (size, size), Image.Resampling.BICUBIC)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(
            f"{name} has more than {Image.MAX_IMAGE_PIXELS} pixels, too many to open safely. Make it smaller."
        ) from error
    except Image.UnidentifiedImageError as error:
        raise InputError(
            f"{name} is not a picture in a format that can be read (JPEG, PNG, WebP...)."
        ) from error
    except DAMAGED as error:
        raise InputError(
            f"{name} is cut off or damaged ({error}). Get it again, or save it again."
        ) from error
    return np.array(square)


def _as_rgb(image: Image.Image) -> Image.Image:
    """Convert a picture of any mode to red, green, blue."""
    if image.mode.startswith(("I", "F")):
        # More than 8 bits a pixel, a scan say. Pillow would clip it to 255, that is to white.
        grey = np.asarray(image, dtype=np.float64)
        darkest, brightest = grey.min(), grey.max()
        scale = 255 / (brightest - darkest) if brightest > darkest else 0
        image = Image.fromarray(((grey - darkest) * scale).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")
