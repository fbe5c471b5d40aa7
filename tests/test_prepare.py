"""Captions of any collection become data to train on."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from captioning.data.coco_layout import CaptionData
from captioning.data.sentences import divided, read_sentences
from captioning.errors import InputError
from captioning.layers import vgg16_init, vgg16_save
from captioning.photos.encoder import Encoder
from tests.conftest import Command

SAID = {f"{n}.jpg": [f"a dog runs {n}", "a dog, and a cat"] for n in range(5)}
SPLITS = {"0.jpg": "train", "1.jpg": "restval", "2.jpg": "train", "3.jpg": "val", "4.jpg": "test"}
BY_SPLIT = {
    "train": {name: SAID[name] for name in ("0.jpg", "1.jpg", "2.jpg")},
    "val": {"3.jpg": SAID["3.jpg"]},
    "test": {"4.jpg": SAID["4.jpg"]},
}


def coco(names: list[str], folder: str = "") -> str:
    images = [{"id": n, "file_name": folder + name, "height": 5} for n, name in enumerate(names)]
    annotations = [
        {"image_id": n, "id": 10 * n + k, "caption": caption}
        for n, name in enumerate(names)
        for k, caption in enumerate(SAID[name])
    ]
    return json.dumps({"info": {}, "licenses": [], "images": images, "annotations": annotations})


def karpathy(key: str) -> str:
    images = [
        {
            "filename": name,
            "filepath": "val2014",
            "imgid": n,
            "split": SPLITS[name],
            "sentences": [{key: caption, "tokens": ["x"], "sentid": 0} for caption in captions],
        }
        for n, (name, captions) in enumerate(SAID.items())
    ]
    return json.dumps({"images": images, "dataset": "flickr8k"})


def table(header: str, row: str) -> str:
    lines = [
        row.format(name=name, n=n, caption=caption, split=SPLITS[name])
        for name, captions in SAID.items()
        for n, caption in enumerate(captions)
    ]
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (coco(list(SAID)), {"": SAID}),
        (coco(list(SAID), "train2014/"), {"": SAID}),
        (karpathy("raw"), BY_SPLIT),
        (table("image,caption", "{name},{caption}"), {"": SAID}),  # Kaggle's captions.txt: no quotes
        (table("image,caption", '{name},"{caption}"'), {"": SAID}),
        (table("image_name| comment_number| comment", "{name}| {n}| {caption}"), {"": SAID}),  # Flickr30k
        (table("Caption;Split;File", '"{caption}";{split};{name}'), BY_SPLIT),
        (table("split\tfilename\tcaption", "{split}\t{name}\t{caption}"), BY_SPLIT),
        (table("0.jpg#0\ta dog runs 0", "{name}#{n}\t{caption}").partition("\n")[2], {"": SAID}),
        (json.dumps([{"image": f"a/{name}", "captions": said} for name, said in SAID.items()]), {"": SAID}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_format_is_told_by_what_is_in_it(
    text: str, expected: object, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "captions"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert read_sentences(path) == expected


def test_what_has_no_photo_or_no_caption_is_left_out_and_named(tmp_path: Path) -> None:
    said: list[str] = []
    content = json.loads(coco(["0.jpg", "1.jpg"]))
    content["annotations"] += [{"image_id": 9, "caption": "of nothing"}, {"image_id": 0, "caption": None}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert read_sentences(tmp_path / "a.json", said.append) == {"": {n: SAID[n] for n in ("0.jpg", "1.jpg")}}
    (tmp_path / "a.csv").write_text("image,caption\n0.jpg,a dog\n1.jpg,\n\n2.jpg\n")
    assert read_sentences(tmp_path / "a.csv", said.append) == {"": {"0.jpg": ["a dog"]}}
    assert [line.partition(": ")[2] for line in said] == [
        "2 entries have no photo or no caption: left out, entry 5 (None, 'of nothing') first.",
        "2 entries have no photo or no caption: left out, entry 2 ('1.jpg', '') first.",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not JSON"),
        ('{\n<<<<<<< HEAD\n"images": []}', "line 2: this is one of Git's conflict markers"),
        ("{}", "is JSON, but of another kind. Expected COCO's captions"),
        ("[1, 2]", "is JSON, but of another kind"),
        ("a,b\n1,2\n", "begins with 'a,b'. Expected COCO's captions"),
        ("", "begins with ''"),
        ("image,caption\n", "holds no captions"),
        ("image,caption,split\n0.jpg,a dog,holiday\n", r"0\.jpg is in a split 'holiday'; expected train"),
        ("<!doctype html>", "is a web page"),
    ],
)
def test_what_is_no_collection(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "captions").write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_sentences(tmp_path / "captions")


def test_photos_are_divided_always_alike() -> None:
    photos = {f"{n}.jpg": ["a dog"] for n in range(50)}
    parts = divided(photos, 0.1)
    assert (len(parts["train"]), len(parts["val"])) == (45, 5)
    assert parts == divided(dict(reversed(photos.items())), 0.1)
    assert len(divided(SAID, 0.01)["val"]) == 1


@pytest.fixture
def features(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "photos.h5", "w") as file:
        file["features"] = np.arange(20, dtype=np.float32).reshape(5, 4)
    (tmp_path / "photos_urls.txt").write_text("".join(f"{n}.jpg\n" for n in range(5)))
    return tmp_path / "photos.h5"


def test_cocos_two_files(features: Path, tmp_path: Path, command: Command) -> None:
    (tmp_path / "train.json").write_text(coco(["0.jpg", "1.jpg", "2.jpg"]))
    (tmp_path / "val.json").write_text(coco(["3.jpg", "4.jpg"]))
    args = ["data", "prepare", "captions", tmp_path / "train.json", "--features", features, "--min-count", 2]
    code, out, err = command(*args, "--val", tmp_path / "val.json", "--out", tmp_path / "out", "--json")
    assert code == 0, err
    assert json.loads(out)["splits"] == {
        "train": {"captions": 6, "photos": 3},
        "val": {"captions": 4, "photos": 2},
    }
    assert CaptionData(tmp_path / "out", pca_features=False).urls("val") == ["3.jpg", "4.jpg"]
    (tmp_path / "val.json").write_text(karpathy("raw"))
    code, _, err = command(*args, "--val", tmp_path / "val.json", "--out", tmp_path / "out")
    assert code == 1
    assert "has splits of its own: leave --val out" in err
    code, _, err = command(*args, "--photos", tmp_path, "--out", tmp_path / "out")
    assert code == 2
    assert "give --features, or --photos together with --weights" in err


def test_from_photos_and_a_table_to_a_caption(tmp_path: Path, command: Command) -> None:
    """What the page about one's own photos does."""
    photos, out = tmp_path / "photos", tmp_path / "mine"
    photos.mkdir()
    for n, name in enumerate(SAID):
        Image.new("RGB", (40, 40), (50 * n, 80, 90)).save(photos / name)
    (photos / "bad.jpg").write_bytes(b"no photo")
    params = vgg16_init(np.random.default_rng(0), width=1 / 32, image_size=32, fc_dim=8, n_classes=2)
    vgg16_save(tmp_path / "vgg16.h5", params)
    (tmp_path / "captions.csv").write_text(table("image,caption", "{name},{caption}") + "bad.jpg,a dog\n")
    args = ["data", "prepare", "captions", tmp_path / "captions.csv", "--min-count", 1, "--out", out]
    args += ["--photos", photos, "--weights", tmp_path / "vgg16.h5"]
    assert "bad.jpg is not a picture" in command(*args)[2]
    code, said, err = command(*args, "--skip-bad")
    assert code == 0, err
    assert "train: 8 captions of 4 photos" in said
    assert "Left out:" in err
    data = CaptionData(out, pca_features=False)
    assert data.encoder == Encoder("fc7", False, str((tmp_path / "vgg16.h5").resolve()), 32, None)
    small = ["--hidden-dim", 8, "--wordvec-dim", 4, "--epochs", 1]
    assert command("train", "--data", out, "--out", tmp_path / "run", *small)[0] == 0
    code, said, err = command("caption", "--model", tmp_path / "run", photos / "0.jpg")
    assert (code, said.startswith(f"{photos / '0.jpg'}: ")) == (0, True), err
