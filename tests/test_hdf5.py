"""HDF5 files of anybody's are read with care, and ours as they were written or not at all."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from captioning.errors import InputError
from captioning.formats import SAFETENSORS, format_of
from captioning.hdf5 import USER_BLOCK_BYTES, get_dataset, new_hdf5, open_hdf5, seal

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    with new_hdf5(tmp_path / "ours.h5") as file:
        file["features"] = VALUES
    return tmp_path / "ours.h5"


def test_a_file_of_ours_is_one_for_everybody(ours: Path) -> None:
    with h5py.File(ours) as file:
        np.testing.assert_array_equal(file["features"], VALUES)
    with open_hdf5(ours) as file:
        np.testing.assert_array_equal(get_dataset(file, "features"), VALUES)


def test_every_byte_of_ours_counts(ours: Path) -> None:
    content = ours.read_bytes()
    for place in range(0, len(content), 7):
        ours.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        with pytest.raises(InputError, match=r"ours\.h5 (is damaged, or was changed|was cut off)"):
            open_hdf5(ours)
    for length in range(USER_BLOCK_BYTES, len(content), 61):
        ours.write_bytes(content[:length])
        with pytest.raises(InputError, match=r"ours\.h5 was cut off"):
            open_hdf5(ours)


def test_a_change_on_purpose_is_sealed(ours: Path, tmp_path: Path) -> None:
    with h5py.File(ours, "r+") as file:
        file["features"][0, 0] = 9
    with pytest.raises(InputError, match=r"changed after it was written.*captioning\.hdf5\.seal"):
        open_hdf5(ours)
    seal(ours)
    with open_hdf5(ours) as file:
        assert file["features"][0, 0] == 9
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["features"] = VALUES
    with pytest.raises(InputError, match="has no user block"):
        seal(tmp_path / "theirs.h5")


def external_link(file: h5py.File, folder: Path) -> None:
    file["features"] = h5py.ExternalLink("ours.h5", "features")


def soft_link(file: h5py.File, folder: Path) -> None:
    file["x"] = VALUES
    file["features"] = h5py.SoftLink("/x")


def soft_link_to_itself(file: h5py.File, folder: Path) -> None:
    file["features"] = h5py.SoftLink("/features")


def raw_data_elsewhere(file: h5py.File, folder: Path) -> None:
    (folder / "secret").write_bytes(bytes(100))
    file.create_dataset("features", (3, 4), np.float32, external=[(str(folder / "secret"), 0, 48)])


def virtual_data(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((3, 4), np.float32)
    layout[:] = h5py.VirtualSource("nowhere.h5", "features", (3, 4))
    file.create_virtual_dataset("features", layout)


def a_link_further_down(file: h5py.File, folder: Path) -> None:
    file["features"] = VALUES
    file["a/b/c"] = h5py.ExternalLink("/etc/passwd", "x")


def a_group_inside_of_itself(file: h5py.File, folder: Path) -> None:
    file["features"] = VALUES
    file["a/b"] = file.create_group("a")


def data_that_were_never_written(file: h5py.File, folder: Path) -> None:
    file.create_dataset("features", (3, 4), np.float32)


def data_of_which_a_part_was_written(file: h5py.File, folder: Path) -> None:
    dataset = file.create_dataset("features", (9, 4), np.float32, chunks=(2, 4))
    dataset[:4] = 1


def more_than_there_can_be(file: h5py.File, folder: Path) -> None:
    dataset = file.create_dataset("features", (10**9, 4), np.float32, chunks=(1000, 4), compression="gzip")
    dataset[0] = 1


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (external_link, "'features' in '/' is an external link, and links are not followed"),
        (soft_link, "is a soft link"),
        (soft_link_to_itself, "is a soft link"),
        (raw_data_elsewhere, "has its data in another file, and that is not read"),
        (virtual_data, "has its data in another file"),
        (a_link_further_down, "'c' in '/a/b' is an external link"),
        (a_group_inside_of_itself, "a group under two names, or inside of itself"),
        (data_that_were_never_written, "was never written"),
        (data_of_which_a_part_was_written, "is there in part: 3 of its chunks were never written"),
        (more_than_there_can_be, r"says it has 4000000000 values, but there are \d+ bytes"),
    ],
)
def test_what_points_elsewhere_or_claims_too_much(
    write: object, sentence: str, ours: Path, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        write(file, tmp_path)  # type: ignore[operator]
    with pytest.raises(InputError, match=rf"theirs\.h5.*{sentence}"):
        open_hdf5(tmp_path / "theirs.h5")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not an HDF5 file, but empty"),
        (b"\x1f\x8b\x08", "is not an HDF5 file, but a gzip archive; unpack it first"),
        (b"version https://git-lfs.github.com/spec/v1\n", "but a pointer of Git LFS: .*`git lfs pull`"),
        (b"<html><body>Sign in", "but a web page"),
        (b"PK\x03\x04" + bytes(26) + b"metadata.json", "but a model of Keras 3 in a ZIP archive; unpack it"),
        (b"PK\x03\x04" + bytes(26) + b"archive/data.pkl", r"but a file of PyTorch's own \(pickle\)"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", r"but a file of PyTorch's own \(pickle\)"),
        (b"PK\x03\x04" + bytes(26) + b"m/data/0FB\x0e\0ZZ", "but a model of TorchScript"),
        (b"\x08\x07\x12\x07pytorch\x1a\x052.0.0", "but a model of ONNX"),
        (b"\x1c\0\0\0TFL3", "but a model of TensorFlow Lite"),
        (b"\n\x15VGG_ILSVRC_16_layers", "but a model of Caffe"),
        (b"CDF\x01", "but a netCDF 3 file"),
        (b"\x93NUMPY\x01\x00", "but an array of NumPy's"),
        (b"\x20\0\0\0\0\0\0\0" + b'{"__metadata__":{}}', "but a safetensors file"),
        (b"a letter", r"is not an HDF5 file\. Make or download it again"),
    ],
)
def test_what_it_is_instead(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.h5 .*{sentence}"):
        open_hdf5(tmp_path / "a.h5")


def test_no_length_of_a_header_hides_a_safetensors_file() -> None:
    """It begins with that number, which may look like another format: 640 like a pickle."""
    header = b'{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    for length in range(0, 1 << 16, 8):
        assert format_of(length.to_bytes(8, "little") + header) == SAFETENSORS, length


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    for name, sentence in (("none.h5", "is missing"), ("pipe.h5", "is not a file"), (".", "is not a file")):
        with pytest.raises(InputError, match=sentence):
            open_hdf5(tmp_path / name)
