"""Photos as people have them become squares of pixels, or a message that says why not."""

import contextlib
import io
import resource
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from captioning.errors import InputError
from captioning.photos import images
from captioning.photos.images import open_photo

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encode(image: Image.Image, format: str = "PNG", **options) -> bytes:
    content = io.BytesIO()
    image.save(content, format, **options)
    return content.getvalue()


def stripes() -> Image.Image:
    """300 x 100 pixels: a red, a green and a blue square from left to right."""
    image = Image.new("RGB", (300, 100))
    for n, colour in enumerate((RED, GREEN, BLUE)):
        image.paste(colour, (100 * n, 0, 100 * (n + 1), 100))
    return image


def test_a_photo_becomes_a_square_of_uint8(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(encode(stripes(), "JPEG"))
    square = open_photo(tmp_path / "photo.jpg", size=64)
    assert square.shape == (64, 64, 3)
    assert square.dtype == np.uint8


def test_the_middle_is_kept_and_nothing_is_squashed():
    square = open_photo(encode(stripes()), size=50)
    assert (square[:, 3:-3] == GREEN).all()


def test_a_tall_photo_is_cropped_above_and_below():
    square = open_photo(encode(stripes().rotate(90, expand=True)), size=50)
    assert (square[3:-3] == GREEN).all()


def test_exif_orientation_is_followed():
    image = Image.new("RGB", (60, 60), RED)
    image.paste(BLUE, (0, 0, 60, 30))
    exif = Image.Exif()
    exif[0x0112] = 3  # the camera was upside down
    square = open_photo(encode(image, "PNG", exif=exif), size=60)
    assert (square[:25] == RED).all()
    assert (square[35:] == BLUE).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F", "PA", "LAB"])
def test_every_mode_becomes_rgb(mode):
    white = Image.new("RGB", (40, 40), WHITE)
    black_above = white.copy()
    black_above.paste((0, 0, 0), (0, 0, 40, 20))
    if mode == "I;16":
        image = Image.fromarray(np.repeat([[0], [65535]], 20, axis=0).repeat(40, axis=1).astype(np.uint16))
    elif mode == "LAB":
        image = Image.merge("LAB", (black_above.convert("L"), *[Image.new("L", (40, 40), 128)] * 2))
    elif mode in {"LA", "PA"}:
        image = black_above.convert("L").convert(mode)
    else:
        image = black_above.convert(mode)
    square = open_photo(encode(image, "TIFF" if mode not in {"P", "LA", "I;16"} else "PNG"), size=40).astype(
        int
    )
    assert (square[:15] < 30).all()
    assert (square[25:] > 225).all()


@pytest.mark.parametrize(
    ("greys", "format", "expected"),
    [
        (np.uint16([0, 32768, 65535]), "PNG", [0, 128, 255]),
        (np.uint16([50000, 51000, 52000]), "PNG", [195, 198, 202]),
        (np.uint16([65535] * 3), "TIFF", [255] * 3),
        (np.array([0, 32768, 65535], ">u2"), "TIFF", [0, 128, 255]),
        (np.uint16([0, 200, 400]), "PPM", [0, 1, 2]),
        (np.int32([200] * 3), "TIFF", [200] * 3),
        (np.int32([0, 32768, 65535]), "TIFF", [0, 128, 255]),
        (np.float32([-1, 0.5, 1.02]), "TIFF", [0, 128, 255]),
        (np.float32([0.25] * 3), "TIFF", [64] * 3),
        (np.float32([0, 128, 255]), "TIFF", [0, 128, 255]),
        (np.int16([0, 16384, 32767]), "TIFF", [0, 128, 255]),
        (np.uint32([0, 2**31, 2**32 - 1]), "TIFF", [0, 128, 255]),
        (np.uint32([0, 128, 255]), "TIFF", [0, 128, 255]),
    ],
)
def test_greys_are_measured_by_what_their_type_can_hold(greys, format, expected):
    pixels = np.repeat(greys[:, None], 30, axis=0).repeat(90, axis=1)
    # Pillow writes no such TIFF: an ordinary one, with the tags and the numbers of another.
    is_odd = greys.dtype in (np.int16, np.uint32)
    image = Image.fromarray(pixels.view(np.int32) if greys.dtype == np.uint32 else pixels.astype(greys.dtype))
    square = open_photo(tiff(pixels) if is_odd else encode(image, format), size=90)
    assert square[15::30, 45, 0].tolist() == expected


def tiff(pixels):
    """Return an uncompressed TIFF of one strip, little-endian, with greys of any type."""
    height, width = pixels.shape
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    content = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    tags = {
        256: width,
        257: height,
        258: 8 * pixels.dtype.itemsize,
        259: 1,
        262: 1,
        273: 8,
        277: 1,
        278: height,
    }
    tags |= {279: len(content), 339: kind}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    header = b"II*\0" + struct.pack("<I", 8 + len(content))
    return header + content + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_a_grey_of_16_bits_may_be_transparent():
    image = Image.fromarray(np.uint16([[0, 1000]]).repeat(20, axis=0).repeat(10, axis=1))
    square = open_photo(encode(image, transparency=0), size=20)
    assert (square[:, :8] == WHITE).all()
    assert (square[:, 12:] == 4).all()


def test_a_grey_that_stands_for_ink():
    image = Image.fromarray(np.full((20, 20), 65535, np.uint16))
    square = open_photo(encode(image, "TIFF", tiffinfo={262: 0}), size=20)
    assert not square.any()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (np.nan, "NaN"),
        (np.inf, "infinity"),
        (1e9, r"greys up to 1e\+09"),
        (5, "greys up to 5, which no scale has"),
        (np.int32(-7), "greys below 0, -7 for one"),
    ],
)
def test_greys_that_are_none(number, sentence):
    greys = np.zeros((20, 20), np.result_type(number) if isinstance(number, np.integer) else np.float32)
    greys[3, 4] = number
    with pytest.raises(InputError, match=rf"^the picture h.* {sentence}"):
        open_photo(encode(Image.fromarray(greys), "TIFF"))


def test_a_few_bytes_cannot_fill_the_memory():
    header = struct.pack(">IIBBBBB", 1, 89_000_000, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + header
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="1 x 89000000 pixels; a side has at most 65535"):
        open_photo(content + struct.pack(">I", 100) + b"IDAT" + bytes(30))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_transparent_parts_are_white():
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 40, 20))
    square = open_photo(encode(image), size=40)
    assert (square[:18] == BLUE).all()
    assert (square[22:] == WHITE).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 300), (5000, 1)])
def test_extreme_sizes(width, height):
    square = open_photo(encode(Image.new("RGB", (width, height), RED)), size=32)
    assert (square == RED).all()


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no\.jpg does not exist"):
        open_photo(tmp_path / "no.jpg")
    with pytest.raises(InputError, match=f"{tmp_path.name} cannot be read: Is a directory"):
        open_photo(tmp_path)


@pytest.mark.parametrize("content", [b"", b"a letter, not a photo", b"%PDF-1.7 and so on"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(InputError, match=rf"photo\.jpg is {'not a picture' if content else 'empty'}"):
        open_photo(tmp_path / "photo.jpg")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\0\0\0\x18ftypheic", "a HEIC picture; save it as JPEG, or install pillow-heif"),
        (b"<!DOCTYPE html><title>404", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    ],
)
def test_what_is_under_the_name_of_a_photo(tmp_path, content, what, monkeypatch):
    without = [name for name in images.opened_formats() if name != "HEIF"]
    monkeypatch.setattr(images, "opened_formats", lambda: without)
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(InputError, match=rf"photo\.jpg is not a picture .*, but {what}"):
        open_photo(tmp_path / "photo.jpg")


def test_a_telephone_s_photo(tmp_path):
    """HEIC is opened where pillow-heif is installed; what was cut off is not said to want that."""
    heif = pytest.importorskip("pillow_heif")
    content = io.BytesIO()
    heif.from_pillow(stripes()).save(content)
    (tmp_path / "IMG_0001.HEIC").write_bytes(content.getvalue())
    square = open_photo(tmp_path / "IMG_0001.HEIC", size=64)
    assert np.abs(square.mean(axis=(0, 1)) - GREEN).max() < 20
    for length in range(40, len(content.getvalue()), 40):
        with pytest.raises(InputError, match=r"cut off or damaged"):
            open_photo(content.getvalue()[:length])


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "GIF"])
def test_a_picture_that_was_cut_off_is_refused(format):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    content = encode(Image.fromarray(noise), format)
    with pytest.raises(InputError, match=r"cut off or damaged|is not a picture"):
        open_photo(content[: len(content) // 2])


@pytest.mark.parametrize("place", [40, 60, 300, -20])
def test_a_png_with_a_wrong_checksum_is_refused(place):
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    content = bytearray(encode(Image.fromarray(noise)))
    content[place] ^= 1
    with pytest.raises(InputError, match=r"cut off or damaged|is not a picture"):
        open_photo(bytes(content))


def test_a_decompression_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    for side in (40, 100):  # Pillow warns about the first and refuses the second
        with pytest.raises(InputError, match="more than 1000 pixels"):
            open_photo(encode(Image.new("L", (side, side))))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]), st.data())
def test_damage_gives_a_picture_or_a_message(format, data):
    noise = np.random.default_rng(0).integers(0, 256, (24, 31, 3), dtype=np.uint8)
    content = bytearray(encode(Image.fromarray(noise), format))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        assert open_photo(bytes(content), size=8).shape == (8, 8, 3)
