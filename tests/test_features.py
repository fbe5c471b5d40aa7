"""Features of folders of photos: right, the same after any interruption, and refused where they would mix."""

import errno
import json
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from captioning.commands.features import command
from captioning.data.coco_layout import CaptionData
from captioning.data.flickr8k import write_flickr8k
from captioning.errors import InputError
from captioning.layers import vgg16_forward, vgg16_init, vgg16_load, vgg16_preprocess, vgg16_save
from captioning.photos import folder as extraction
from captioning.photos import images
from captioning.photos.features import load_vgg16, photo_features
from captioning.photos.folder import extract_features, list_photos, urls_path
from captioning.photos.images import open_photo
from captioning.photos.pca import PCA, fit_pca, read_pca
from captioning.source.text import read_lines

N_PHOTOS = 11
N_COLUMNS = 24


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Return the file of a narrow VGG16 with random weights for pictures of 32 pixels."""
    params = vgg16_init(np.random.default_rng(0), width=1 / 16, image_size=32, fc_dim=N_COLUMNS, n_classes=2)
    path = tmp_path_factory.mktemp("weights") / "vgg16.h5"
    vgg16_save(path, params)
    return path


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for n in range(N_PHOTOS):
        height, width = rng.integers(32, 80, 2)
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{n:02}.png")
    (folder / "notes.txt").write_text("not a photo, and not named like one")
    (folder / ".hidden.png").write_text("what some systems leave in folders")
    return folder


def read(path, name="features"):
    with h5py.File(path) as file:
        return file[name][:]


@pytest.fixture
def expected(photos, weights):
    params = vgg16_load(weights)
    images = np.stack([open_photo(path, 32) for path in sorted(photos.glob("[0-9]*.png"))])
    return vgg16_forward(vgg16_preprocess(images), params, layer="fc7")


def interrupt_after(monkeypatch, n_batches, error):
    """Make the computation of features fail after some batches."""
    calls = iter(range(n_batches))

    def failing(batch, params):
        if next(calls, None) is None:
            raise error
        return photo_features(batch, params)

    monkeypatch.setattr(extraction, "photo_features", failing)


def stop_after(n_batches, photos, weights, out, monkeypatch):
    """Press Ctrl-C after some batches of two photos."""
    with monkeypatch.context() as patch:
        interrupt_after(patch, n_batches, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            extract_features(photos, weights, out, batch_size=2)


# What it computes


def test_a_row_per_photo_in_the_order_of_the_names(photos, weights, expected, tmp_path):
    out = tmp_path / "train2014_vgg16_fc7.h5"
    report = extract_features(photos, weights, out, batch_size=4)
    assert (report.n_photos, report.n_columns, report.n_resumed, report.bad) == (N_PHOTOS, N_COLUMNS, 0, [])
    np.testing.assert_allclose(read(out), expected, rtol=1e-4, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 0.1  # the photos differ
    assert report.urls == tmp_path / "train2014_urls.txt"
    assert report.urls.read_text().split() == [f"{n:02}.png" for n in range(N_PHOTOS)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "photos",
        "train2014_urls.txt",
        "train2014_vgg16_fc7.h5",
    ]


def test_where_the_names_go(tmp_path):
    for features, urls in {
        "train2014_vgg16_fc7.h5": "train2014_urls.txt",
        "val2014_vgg16_fc7_pca.h5": "val2014_urls.txt",
        "holiday.h5": "holiday_urls.txt",
    }.items():
        assert urls_path(tmp_path / features) == tmp_path / urls


def test_photos_from_memory_have_the_same_features(photos, weights, expected):
    params = load_vgg16(weights)
    content = (photos / "03.png").read_bytes()
    np.testing.assert_allclose(photo_features([content], params), expected[3:4], rtol=1e-4, atol=1e-5)


def test_pca_of_these_photos(photos, weights, expected, tmp_path):
    out = tmp_path / "holiday.h5"
    report = extract_features(photos, weights, out, n_components=3)
    assert report.n_columns == 3
    pca = read_pca(out)
    np.testing.assert_allclose(pca.mean, expected.mean(axis=0), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(pca.components.T @ pca.components, np.eye(3), atol=1e-5)
    np.testing.assert_allclose(read(out), (expected - pca.mean) @ pca.components, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_pca_of_another_file(photos, weights, tmp_path):
    extract_features(photos, weights, tmp_path / "first.h5", n_components=3)
    extract_features(photos, weights, tmp_path / "second.h5", pca_from=tmp_path / "first.h5")
    np.testing.assert_array_equal(read(tmp_path / "first.h5"), read(tmp_path / "second.h5"))
    np.testing.assert_array_equal(read_pca(tmp_path / "first.h5").mean, read_pca(tmp_path / "second.h5").mean)


# Interruption


@pytest.mark.slow
def test_ctrl_c_and_resumption_give_the_same_file(photos, weights, tmp_path, monkeypatch):
    extract_features(photos, weights, tmp_path / "whole.h5", batch_size=2)
    out = tmp_path / "resumed.h5"
    stop_after(3, photos, weights, out, monkeypatch)
    assert not out.exists()
    report = extract_features(photos, weights, out, batch_size=2)
    assert report.n_resumed == 6
    assert out.read_bytes() == (tmp_path / "whole.h5").read_bytes()


@pytest.mark.slow
def test_kill_9_and_resumption_give_the_same_file(photos, weights, tmp_path):
    program = """
import os, signal, sys
from pathlib import Path
from captioning.photos import folder as extraction
compute, calls = extraction.photo_features, []
def killed_in_the_third_batch(batch, params):
    calls.append(batch)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return compute(batch, params)
extraction.photo_features = killed_in_the_third_batch
extraction.extract_features(*map(Path, sys.argv[1:]), batch_size=2)
"""
    out = tmp_path / "resumed.h5"
    run = subprocess.run([sys.executable, "-c", program, photos, weights, out], check=False, timeout=60)
    assert run.returncode == -signal.SIGKILL
    with open(f"{out}.part", "ab") as file:
        file.write(b"half of a row")
    assert extract_features(photos, weights, out, batch_size=2).n_resumed == 4
    extract_features(photos, weights, tmp_path / "whole.h5", batch_size=2)
    np.testing.assert_array_equal(read(out), read(tmp_path / "whole.h5"))


def test_a_run_that_was_complete_does_nothing(photos, weights, tmp_path, monkeypatch):
    out = tmp_path / "holiday.h5"
    extract_features(photos, weights, out)
    interrupt_after(monkeypatch, 0, AssertionError("computed again"))
    before = out.stat().st_mtime_ns
    assert extract_features(photos, weights, out).n_resumed == N_PHOTOS
    assert out.stat().st_mtime_ns == before


def test_other_photos_are_not_mixed_in(photos, weights, tmp_path, monkeypatch):
    out = tmp_path / "holiday.h5"
    stop_after(2, photos, weights, out, monkeypatch)
    (photos / "05.png").write_bytes((photos / "06.png").read_bytes())
    with pytest.raises(
        InputError, match=r"holiday\.h5\.part belongs to another run; it differs in the photos\."
    ):
        extract_features(photos, weights, out, batch_size=2)


def test_other_weights_are_not_mixed_in(photos, weights, tmp_path, monkeypatch):
    out = tmp_path / "holiday.h5"
    stop_after(2, photos, weights, out, monkeypatch)
    params = vgg16_load(weights)
    params["fc7_b"][0] += 1
    vgg16_save(tmp_path / "other.h5", params)
    with pytest.raises(InputError, match="belongs to another run; it differs in the weights"):
        extract_features(photos, tmp_path / "other.h5", out, batch_size=2)


def test_another_batch_size_is_refused_because_its_numbers_would_differ(
    photos, weights, tmp_path, monkeypatch
):
    out = tmp_path / "holiday.h5"
    stop_after(2, photos, weights, out, monkeypatch)
    with pytest.raises(InputError, match="it differs in the batch size"):
        extract_features(photos, weights, out, batch_size=3)


def test_a_file_of_another_run_is_not_overwritten(photos, weights, tmp_path):
    out = tmp_path / "holiday.h5"
    extract_features(photos, weights, out)
    before = out.read_bytes()
    with pytest.raises(InputError, match=r"holiday\.h5 belongs to another run; it differs in the PCA"):
        extract_features(photos, weights, out, n_components=2)
    assert out.read_bytes() == before


def test_a_full_disk_keeps_what_was_computed(photos, weights, tmp_path, monkeypatch):
    out = tmp_path / "holiday.h5"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2, OSError(errno.ENOSPC, "No space left on device"))
        with pytest.raises(InputError, match=r"holiday\.h5\.part cannot be written: the disk is full"):
            extract_features(photos, weights, out, batch_size=2)
    assert extract_features(photos, weights, out, batch_size=2).n_resumed == 4


# What cannot be used


def test_bad_pictures_are_all_named_before_anything_is_computed(photos, weights, tmp_path, monkeypatch):
    (photos / "02.png").write_bytes((photos / "02.png").read_bytes()[:500])
    (photos / "letter.jpg").write_text("Dear reader")
    interrupt_after(monkeypatch, 0, AssertionError("computed"))
    with pytest.raises(InputError) as caught:
        extract_features(photos, weights, tmp_path / "holiday.h5")
    for text in ("2 of the photos in", "02.png is cut off", "letter.jpg is not a picture", "--skip-bad"):
        assert text in str(caught.value)
    assert not (tmp_path / "holiday.h5.part").exists()


def test_formats_that_are_not_opened_are_named_and_what_is_no_photo_is_none(photos, weights, monkeypatch):
    without = [name for name in images.opened_formats() if name != "HEIF"]
    monkeypatch.setattr(images, "opened_formats", lambda: without)
    (photos / "IMG_0001.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    (photos / "IMG_0002.CR2").write_bytes(b"II*\0")
    for name in ("old.h5", "readme.pdf", "film.mpg"):
        (photos / name).write_bytes(b"no photo")
    report = extract_features(photos, weights, photos / "out.h5")
    assert report.n_photos == N_PHOTOS
    assert [sentence.rpartition("/")[2] for sentence in report.bad] == [
        "IMG_0001.HEIC is in a format that is not opened here (HEIC). Save it as JPEG, or install the "
        "package pillow-heif.",
        "IMG_0002.CR2 is in a format that is not opened here (CR2). Save it as JPEG.",
    ]
    again = extract_features(photos, weights, photos / "out.h5")
    assert again.n_resumed == N_PHOTOS


def test_folders_of_photos_in_the_folder_are_named(photos, weights, tmp_path):
    (photos / "dogs" / "more").mkdir(parents=True)
    for name in ("a.jpg", "more/b.JPG", "more/notes.txt"):
        (photos / "dogs" / name).touch()
    (photos / "empty").mkdir()
    report = extract_features(photos, weights, tmp_path / "out.h5")
    assert len(report.bad) == 1
    assert "dogs is a folder with 2 photos, and only those in" in report.bad[0]
    (photos / "dogs" / "a.jpg").unlink()
    with pytest.raises(InputError, match=r"has no photos.*\n.*more is a folder with 1 photos"):
        list_photos(photos / "dogs")


def test_a_name_that_is_not_utf_8_is_escaped(photos, weights, tmp_path):
    (photos / "00.png").rename(photos / b"caf\xe9\n.png".decode("utf-8", "surrogateescape"))
    report = extract_features(photos, weights, tmp_path / "out.h5")
    assert report.n_photos == N_PHOTOS
    assert read_lines(report.urls)[-1] == r"caf\xe9\n.png"


def test_a_damaged_record_of_an_interrupted_run_is_no_traceback(photos, weights, tmp_path, monkeypatch):
    stop_after(2, photos, weights, tmp_path / "out.h5", monkeypatch)
    (tmp_path / "out.h5.part.json").write_text("")
    with pytest.raises(InputError, match="belongs to another run"):
        extract_features(photos, weights, tmp_path / "out.h5", batch_size=2)


def test_bad_pictures_are_left_out_when_asked(photos, weights, tmp_path, expected):
    (photos / "02.png").write_text("Dear reader")
    report = extract_features(photos, weights, tmp_path / "holiday.h5", skip_bad=True)
    assert len(report.bad) == 1
    assert "02.png is not a picture" in report.bad[0]
    np.testing.assert_allclose(read(report.features), np.delete(expected, 2, axis=0), rtol=1e-4, atol=1e-5)
    assert "02.png" not in report.urls.read_text()


def test_a_folder_of_bad_pictures_only(tmp_path, weights):
    (tmp_path / "a.jpg").write_text("Dear reader")
    with pytest.raises(InputError, match=r"No photo in .* can be used:\n.*a\.jpg is not a picture"):
        extract_features(tmp_path, weights, tmp_path / "holiday.h5", skip_bad=True)


def test_a_folder_that_is_missing_or_empty(tmp_path):
    with pytest.raises(InputError, match="nowhere is not a folder"):
        list_photos(tmp_path / "nowhere")
    with pytest.raises(InputError, match="has no photos"):
        list_photos(tmp_path)


def test_weights_that_are_missing_cut_off_or_without_top(photos, weights, tmp_path):
    with pytest.raises(InputError, match=r"is a folder, a SavedModel of TensorFlow's perhaps"):
        load_vgg16(tmp_path)
    with pytest.raises(InputError, match=r"no\.h5 is missing\. `captioning data get vgg16`"):
        load_vgg16(tmp_path / "no.h5")
    (tmp_path / "cut.h5").write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cut\.h5 was cut off"):
        load_vgg16(tmp_path / "cut.h5")
    params = {name: w for name, w in vgg16_load(weights).items() if not name.startswith("fc")}
    vgg16_save(tmp_path / "notop.h5", params)
    with pytest.raises(InputError, match=r"notop\.h5 ends before the layer fc7"):
        load_vgg16(tmp_path / "notop.h5")


@pytest.mark.parametrize("n_components", [N_PHOTOS, 100])
def test_more_components_than_photos_is_refused_before_anything_is_computed(
    photos, weights, tmp_path, monkeypatch, n_components
):
    interrupt_after(monkeypatch, 0, AssertionError("computed"))
    with pytest.raises(InputError, match=r"cannot be fitted to the features of 11 photos.* expected 1 to 10"):
        extract_features(photos, weights, tmp_path / "holiday.h5", n_components=n_components)


def test_a_pca_of_other_features_is_refused():
    pca = fit_pca(np.random.default_rng(0).standard_normal((9, 5)), 2)
    with pytest.raises(InputError, match="features with 5 columns, but these have 6"):
        pca.project(np.zeros((1, 6)))


def test_a_file_without_pca_is_refused(photos, weights, tmp_path):
    extract_features(photos, weights, tmp_path / "plain.h5")
    with pytest.raises(InputError, match=r"plain\.h5 has no dataset 'pca_mean'"):
        extract_features(photos, weights, tmp_path / "holiday.h5", pca_from=tmp_path / "plain.h5")


# The command


def test_the_command_prints_json(photos, weights, tmp_path):
    out = tmp_path / "holiday.h5"
    args = [str(photos), "--weights", str(weights), "--out", str(out), "--pca", "3", "--json"]
    result = CliRunner().invoke(command, args)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "features": str(out),
        "urls": str(tmp_path / "holiday_urls.txt"),
        "n_photos": N_PHOTOS,
        "n_columns": 3,
        "n_resumed": 0,
        "bad": [],
    }


def test_the_command_says_that_an_interrupted_run_is_kept(photos, weights, tmp_path, monkeypatch):
    interrupt_after(monkeypatch, 1, KeyboardInterrupt)
    args = [str(photos), "--weights", str(weights), "--out", str(tmp_path / "holiday.h5")]
    assert "the same command carries on from there" in CliRunner().invoke(command, args).stderr


def test_the_command_refuses_both_kinds_of_pca(photos, weights, tmp_path):
    args = [
        str(photos),
        "--weights",
        str(weights),
        "--out",
        str(tmp_path / "x.h5"),
        "--pca",
        "3",
        "--pca-from",
        "y",
    ]
    assert "exclude each other" in str(CliRunner().invoke(command, args).exception)


# Flickr8k, from its text and features to data that can be trained on


@pytest.fixture
def flickr8k(tmp_path):
    """Write a tiny Flickr8k: its text, and features of eight photos whose row n is n, n, n, 1."""
    text = tmp_path / "Flickr8k_text"
    text.mkdir()
    names = [f"{n}.jpg" for n in range(8)]
    lines = [f"{name}#{k}\tA dog runs , and runs {'.' * k}" for name in names for k in range(2)]
    lines[0] = "0.jpg#0\t."
    (text / "Flickr8k.token.txt").write_text("\n".join([*lines, "gone.jpg.1#0\tNot in any split"]) + "\n")
    for split, (start, end) in {"train": (0, 5), "dev": (5, 7), "test": (7, 8)}.items():
        (text / f"Flickr_8k.{split}Images.txt").write_text("\n".join(names[start:end]) + "\n")
    features = tmp_path / "flickr8k.h5"
    order = [3, 1, 0, 2, 7, 6, 5, 4]
    with h5py.File(features, "w") as file:
        rows = np.repeat(np.array(order, dtype=np.float32)[:, None], 4, axis=1)
        rows[:, 3] = rows[:, 0] ** 2
        file["features"] = rows
    (tmp_path / "flickr8k_urls.txt").write_text("".join(f"{n}.jpg\n" for n in order))
    return text, features


def test_flickr8k_becomes_data_in_the_coco_layout(flickr8k, tmp_path):
    out = tmp_path / "captions"
    sizes = write_flickr8k(*flickr8k, out, min_count=2, max_length=4)
    assert sizes == {"train": (9, 5), "val": (4, 2), "test": (2, 1)}
    data = CaptionData(out, pca_features=False)
    assert data.splits == ("train", "val", "test")
    assert data.idx_to_word[4:] == ["runs", "a", "and", "dog"]
    words = [data.idx_to_word[idx] for idx in data.captions("val")[0]]
    assert words == ["<START>", "a", "dog", "runs", "and", "<END>"]
    for split in data.splits:
        rows = data.features(split, np.arange(data.n_images(split)))
        assert [f"{int(row[0])}.jpg" for row in rows] == data.urls(split)


def test_the_pca_of_flickr8k_knows_the_training_photos_only(flickr8k, tmp_path):
    write_flickr8k(*flickr8k, tmp_path / "captions", n_components=2)
    pca = read_pca(tmp_path / "captions" / "pca.h5")
    np.testing.assert_allclose(pca.mean, [2, 2, 2, 6])  # of the photos 0 to 4
    data = CaptionData(tmp_path / "captions")
    np.testing.assert_allclose(
        data.features("test", np.array([0])), pca.project(np.array([[7, 7, 7, 49]], np.float32)), rtol=1e-5
    )


def test_features_after_a_pca_take_it_along(flickr8k, tmp_path):
    with h5py.File(flickr8k[1], "r+") as file:
        file["pca_mean"], file["pca_components"] = np.zeros(9), np.ones((9, 4))
    write_flickr8k(*flickr8k, tmp_path / "captions")
    assert read_pca(tmp_path / "captions" / "pca.h5").components.shape == (9, 4)
    assert CaptionData(tmp_path / "captions").input_dim == 4
    with pytest.raises(InputError, match="has gone through a PCA already"):
        write_flickr8k(*flickr8k, tmp_path / "again", n_components=2)


def test_photos_without_features_are_named_or_left_out(flickr8k, tmp_path):
    text, features = flickr8k
    with h5py.File(features, "r+") as file:
        rows = file["features"][:4]
        del file["features"]
        file["features"] = rows
    (tmp_path / "flickr8k_urls.txt").write_text("3.jpg\n1.jpg\n0.jpg\n2.jpg\n")
    with pytest.raises(InputError, match=r"has no features of 4 photos, 4\.jpg for one"):
        write_flickr8k(text, features, tmp_path / "captions")
    assert write_flickr8k(text, features, tmp_path / "captions", partial=True) == {"train": (7, 4)}


def test_a_flickr8k_that_is_incomplete(flickr8k, tmp_path):
    text, features = flickr8k
    (tmp_path / "flickr8k_urls.txt").write_text("".join(f"{n}.jpg\n" for n in range(9)))
    with pytest.raises(InputError, match=r"has 8 rows, but .* names 9 photos"):
        write_flickr8k(text, features, tmp_path / "captions")
    lists = (text / "Flickr_8k.devImages.txt").read_text()
    (text / "Flickr_8k.devImages.txt").write_text("no.jpg\n")
    with pytest.raises(InputError, match=r"names no\.jpg, which has no caption in .*, and so it is with all"):
        write_flickr8k(text, features, tmp_path / "captions")
    (text / "Flickr_8k.devImages.txt").write_text(lists)
    (text / "Flickr8k.token.txt").write_text("0.jpg A dog runs\n")
    with pytest.raises(InputError, match=r"line 1 is '0\.jpg A dog runs'; expected"):
        write_flickr8k(text, features, tmp_path / "captions")
    (text / "Flickr_8k.devImages.txt").unlink()
    (text / "Flickr8k.token.txt").write_text("".join(f"{n}.jpg#0\tA dog\n" for n in range(8)))
    with pytest.raises(InputError, match=r"Flickr_8k\.devImages\.txt is missing"):
        write_flickr8k(text, features, tmp_path / "captions")


def test_one_bad_line_is_left_out_and_named(flickr8k, tmp_path):
    text, features = flickr8k
    for name, line in (("Flickr8k.token.txt", "0.jpg A dog\n"), ("Flickr_8k.trainImages.txt", "no.jpg\n")):
        (text / name).write_text((text / name).read_text() + line)
    said = []
    sizes = write_flickr8k(text, features, tmp_path / "captions", say=said.append)
    assert sizes == {"train": (9, 5), "val": (4, 2), "test": (2, 1)}
    assert "1 lines are left out: line 18 is '0.jpg A dog'; expected name.jpg#0, a tab" in said[0]
    assert "names no.jpg, which has no caption in Flickr8k.token.txt: 1 such photos are left out" in said[1]


def test_text_as_other_systems_write_it(flickr8k, tmp_path):
    text, features = flickr8k
    sizes = write_flickr8k(text, features, tmp_path / "plain")
    for path, end in [*((path, b"\r\n") for path in text.iterdir()), (urls_path(features), b" \n")]:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", end))
    assert write_flickr8k(text, features, tmp_path / "captions") == sizes


@pytest.mark.parametrize(
    ("on_disk", "in_text"), [("cafe\u0301 1.JPG", "caf\u00e9 1.jpg"), ("STRASSE.jpg", "straße.JPG")]
)
def test_a_photo_is_found_by_its_name_however_it_is_written(flickr8k, tmp_path, on_disk, in_text):
    text, features = flickr8k
    for path in text.iterdir():
        path.write_text(path.read_text().replace("3.jpg", in_text))
    urls = tmp_path / "flickr8k_urls.txt"
    urls.write_text(urls.read_text().replace("3.jpg", on_disk))
    write_flickr8k(text, features, tmp_path / "captions")
    data = CaptionData(tmp_path / "captions", pca_features=False)
    row = data.urls("train").index(in_text)
    assert data.features("train", np.array([row]))[0, 0] == 3
    urls.write_text(urls.read_text().replace("1.jpg", on_disk.swapcase()))  # two that could be meant
    with pytest.raises(InputError, match="has no features of 2 photos"):
        write_flickr8k(text, features, tmp_path / "captions")


def test_captions_without_words_are_counted_and_named(flickr8k, tmp_path):
    text, features = flickr8k
    said = []
    write_flickr8k(text, features, tmp_path / "captions", say=said.append)
    assert said == ["train: 1 captions have no word and are left out, '.' of 0.jpg for one."]
    path = text / "Flickr8k.token.txt"
    path.write_text("".join(f"{n}.jpg#0\t...\n" for n in range(8)))
    with pytest.raises(InputError, match="no caption of a training photo has a word"):
        write_flickr8k(text, features, tmp_path / "none")
    path.write_text("".join(f"{n}.jpg#0\t第{n}只狗在跑\n" for n in range(8)))
    with pytest.raises(InputError, match=r"Lower --min-count\. In a script without spaces between words"):
        write_flickr8k(text, features, tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"0.jpg#0\ta caf\xe9\n", r"Flickr8k\.token\.txt, line 1: the byte 0xe9 is not UTF-8"),
        (b"\n<<<<<<< HEAD\n", "line 2: this is one of Git's conflict markers"),
        (b"<html>", "is a web page"),
    ],
)
def test_text_that_is_not_what_it_should_be(flickr8k, tmp_path, content, sentence):
    (flickr8k[0] / "Flickr8k.token.txt").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        write_flickr8k(*flickr8k, tmp_path / "captions")


def test_a_photo_in_two_splits_is_refused(flickr8k, tmp_path):
    (flickr8k[0] / "Flickr_8k.devImages.txt").write_text("4.jpg\n5.jpg\n")
    with pytest.raises(InputError, match=r"4\.jpg is in two splits, train and val"):
        write_flickr8k(*flickr8k, tmp_path / "captions")


def test_pca_is_a_pair_of_arrays():
    pca = fit_pca(np.random.default_rng(0).standard_normal((9, 5)).astype(np.float32), 2)
    assert isinstance(pca, PCA)
    assert [array.dtype for array in pca] == [np.float32, np.float32]
