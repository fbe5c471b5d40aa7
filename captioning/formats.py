"""What a file is in truth, told by how it begins: asked before any parser's own words are shown."""

import re
from pathlib import Path

from captioning.errors import InputError

BEGINNING_BYTES = 4096
SAFETENSORS = "a safetensors file"

AS_SAFETENSORS = (
    "save it as safetensors, in Python: save_file(torch.load(FILE, weights_only=True), 'x.safetensors') with "
    "save_file of safetensors.torch"
)

# What people have under another file's name, and what to do then; the first that fits counts.
_FORMATS: tuple[tuple[bytes, str], ...] = (
    # Before all others: it begins with a number of eight bytes, which may look like the beginning of any.
    (rb".{8}\{\s*\"[^\n]*\"?(data_offsets|__metadata__)\"", SAFETENSORS),
    (rb"PK\x03\x04.{0,4000}(\[Content_Types\]\.xml|word/|xl/)", "an office document; save it as plain text"),
    (
        rb"PK\x03\x04.{0,400}(metadata|config)\.json",
        "a model of Keras 3 in a ZIP archive; unpack it, and take model.weights.h5",
    ),
    (
        rb"PK\x03\x04.{0,400}(data\.pkl|\.format_version|\.storage_alignment|byteorder)|"
        rb"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19\.",
        f"a file of PyTorch's own (pickle); {AS_SAFETENSORS}",
    ),
    (
        rb"PK\x03\x04.{26,300}/data/0FB",
        "a model of TorchScript; save what torch.jit.load(FILE).state_dict() gives as safetensors",
    ),
    (rb"PK\x03\x04.{0,400}\.npy", "arrays of NumPy's (.npz)"),
    (rb"PK(\x03\x04|\x05\x06)", "a ZIP archive; unpack it first"),
    (rb"\x1f\x8b", "a gzip archive; unpack it first"),
    (rb"BZh[1-9]1AY&SY", "a bzip2 archive; unpack it first"),
    (rb"\xfd7zXZ\x00", "an xz archive; unpack it first"),
    (rb"\x28\xb5\x2f\xfd", "a Zstandard archive; unpack it first"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (rb"Rar!", "a RAR archive; unpack it first"),
    (rb".{257}ustar", "a tar archive; unpack it first"),
    (rb"%PDF", "a PDF; use the file that it was made from"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP", "a picture; use the file itself"),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "an image in JPEG XL; save it as JPEG"),
    (rb"8BPS", "a drawing of Photoshop's; save it as JPEG"),
    (rb".{4}ftyp(qt|iso|mp4|M4V|avc|3gp)", "a film; save one of its frames as JPEG"),
    (rb".{4}ftyp(heic|heix|hevc|mif1|msf1)", "a HEIC picture; save it as JPEG, or install pillow-heif"),
    (rb"\xba\x16\x4f\x2f", "a model of fastText's (.bin); take the text beside it (.vec)"),
    (rb"\x93NUMPY", "an array of NumPy's (.npy)"),
    (rb"\x80[\x02-\x05]", "a Python pickle, which may run anything when it is read; save its data otherwise"),
    (
        rb"\x08[\x01-\x0f]\x12[\x01-\x40][ -~]{1,64}[\x1a\":]",
        "a model of ONNX; export the weights from where it was trained",
    ),
    (rb".{4}TFL3", "a model of TensorFlow Lite; take the weights that it was made of"),
    (rb"(?i)\n[\x01-\x1f]VGG", "a model of Caffe; take the weights of Keras or PyTorch"),
    (rb"GGUF", "a model of llama.cpp's; take the weights that it was made of"),
    (rb"\x0e\x03\x13\x01", "an HDF4 file; convert it to HDF5"),
    (rb"CDF[\x01\x02\x05]", "a netCDF 3 file; convert it to netCDF 4, which is HDF5"),
    (rb"MATLAB 5\.0 MAT-file", "a MATLAB file (.mat)"),
    (rb"SQLite format 3\x00", "an SQLite database"),
    (
        rb"(\xef\xbb\xbf)?version https://git-lfs\.github\.com/spec/",
        "a pointer of Git LFS: the file itself has not been fetched. Run `git lfs pull`",
    ),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.{0,500}?-->\s*)?<(!doctype html|html|head|body)\b",
        "a web page: what was saved is the page that shows the file. Download the file itself (on GitHub: "
        "Download raw file)",
    ),
)


def format_of(beginning: bytes) -> str:
    """Return what a file is that begins so, and what to do, such as "a gzip archive; unpack it first".

    It is "" for what could be anything, a text say.
    """
    beginning = beginning[:BEGINNING_BYTES]
    return next((what for pattern, what in _FORMATS if re.match(pattern, beginning, re.DOTALL)), "")


def require_itself(path: Path, beginning: bytes) -> None:
    """Raise ``InputError`` where a file that is to be a text is something else."""
    what = format_of(beginning)
    if what:
        raise InputError(f"{path} is {what}.")
