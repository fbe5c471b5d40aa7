"""Captions of any collection become data to train on."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from captioning.data.coco_layout import CaptionData
from captioning.data.prepare import prepare
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
        ("\n\n" + table("0.jpg#0\ta dog runs 0", "{name}#{n}\t{caption}").partition("\n")[2], {"": SAID}),
        ("sep=;\n" + table("image;caption", "{name};{caption}"), {"": SAID}),  # Excel
        *((table("", f"{{name}}{mark}{{caption}}").lstrip(), {"": SAID}) for mark in ("\t", ",", "; ", "  ")),
        (table("", "{name}#{n}  {caption}").lstrip(), {"": SAID}),  # an editor made spaces of a tab
        # Hugging Face: a list in a cell, and JSON by the line.
        (table("raw,filename", '"[""{caption}""]",{name}'), {"": SAID}),
        (table("image,caption", "{name},\"['{caption}']\""), {"": SAID}),
        (
            "".join(
                json.dumps({"file_name": name, "text": caption}) + "\n"
                for name, captions in SAID.items()
                for caption in captions
            ),
            {"": SAID},
        ),
        (json.dumps(SAID), {"": SAID}),
        (
            json.dumps({"training": BY_SPLIT["train"], "val": BY_SPLIT["val"], "test": BY_SPLIT["test"]}),
            BY_SPLIT,
        ),
        (
            "image,caption_0,caption_1\n" + "".join(f'{n},{a},"{b}"\n' for n, (a, b) in SAID.items()),
            {"": SAID},
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_format_is_told_by_what_is_in_it(
    text: str, expected: object, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "captions"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert read_sentences(path) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['0.jpg,"hello', "1.jpg,a cat"], ['"hello', "a cat"]),
        (['0.jpg,"hello', "1.jpg,a cat", '2.jpg,5" wide'], ['"hello', "a cat", '5" wide']),
        (['0.jpg,"hello', '1.jpg,"bye', "2.jpg,a cat"], ['"hello', '"bye', "a cat"]),
        (['0.jpg,"a dog', 'and a cat"', "1.jpg,a cat"], ["a dog\nand a cat", "a cat"]),
        (['0.jpg,"Stop" on a sign', "1.jpg,a cat"], ["Stop on a sign", "a cat"]),
        ([f'{n}.jpg,"no end' for n in range(9000)], ['"no end'] * 9000),
    ],
)
def test_a_mark_of_quotation_without_its_partner_swallows_nothing(
    lines: list[str], expected: list[str], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("\n".join(["image,caption", *lines]) + "\n")
    said = [
        sentence for sentences in read_sentences(tmp_path / "a.csv")[""].values() for sentence in sentences
    ]
    assert [sentence.strip('"') for sentence in said] == [sentence.strip('"') for sentence in expected]


def test_a_row_of_too_many_cells_has_them_in_its_caption(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("caption,image,split\na dog, and a cat,0.jpg,train\na cat,1.jpg,val,,\n")
    expected = {"train": {"0.jpg": ["a dog, and a cat"]}, "val": {"1.jpg": ["a cat"]}}
    assert read_sentences(path) == expected
    path.write_text(2 * "image,caption\n0.jpg,a dog\n")  # two files, one behind the other
    assert read_sentences(path) == {"": {"0.jpg": ["a dog", "a dog"]}}


def test_a_bad_line_of_json_is_left_out(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "a.jsonl").write_text('{"file_name": "0.jpg", "text": "a dog"}\n{"file_name": "1.jp')
    assert read_sentences(tmp_path / "a.jsonl", said.append) == {"": {"0.jpg": ["a dog"]}}
    assert "1 entries have no photo or no caption" in said[0]


def test_a_cell_of_several_lines_before_the_name_of_its_photo(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('caption;file\n"a dog;\nand a cat";0.jpg\na cat;1.jpg\n')
    assert read_sentences(tmp_path / "a.csv") == {"": {"0.jpg": ["a dog;\nand a cat"], "1.jpg": ["a cat"]}}


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
        ("image,caption\na/0.jpg,a dog\nb/0.jpg,a cat\n", r"a photo 0\.jpg in a and one in b"),
        ("0.jpg,train,a dog\n", "begins with '0.jpg,train,a dog'"),
        ("0.jpg\t1.jpg\ta dog\n", "begins with '0.jpg"),
        ("image,caption\n<<<<<<< HEAD\n0.jpg,a dog\n", "line 2: this is one of Git's conflict markers"),
        ("0.jpg,a d\0o\0g\0\n", "line 1: there is a zero byte"),
        (
            json.dumps(
                {
                    "images": [{"id": 1, "file_name": "0.jpg"}, {"id": 1, "file_name": "1.jpg"}],
                    "annotations": [{"image_id": 1, "caption": "a dog"}],
                }
            ),
            r"two images with the id 1, 0\.jpg and 1\.jpg",
        ),
        (json.dumps({"images": [{"file_name": "0.jpg"}], "annotations": [{"caption": "a"}]}), "no captions"),
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
    assert len(divided(SAID, 0.99)["train"]) == 1
    with pytest.raises(InputError, match=r"captions of one photo, a\.jpg"):
        divided({"a.jpg": ["a dog"]}, 0.5)


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


@pytest.mark.parametrize("name", [r"C:\mine\0.jpg", r"photos\0.JPG", "./0.jpg", "/data/mine/0.jpg"])
def test_the_folders_before_a_name_count_for_nothing(name: str, features: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"image,caption\n{name},a dog\n1.jpg,a cat\n")
    splits = {"train": read_sentences(tmp_path / "a.csv")[""]}
    assert prepare(splits, features, tmp_path / "out", min_count=1) == {"train": (2, 2)}


def test_features_may_be_listed_by_address(features: Path, tmp_path: Path) -> None:
    listed = [f"http://images.example.org/train2014/{n}.jpg" for n in range(4)] + ["a/0.jpg"]
    (tmp_path / "photos_urls.txt").write_text("\n".join(listed))
    splits = {"train": {"3.JPG": ["a dog"]}}
    assert prepare(splits, features, tmp_path / "out", min_count=1) == {"train": (1, 1)}
    assert CaptionData(tmp_path / "out", pca_features=False).features("train", np.array([0]))[0, 0] == 12
    with pytest.raises(InputError, match=r"no features of 1 photo, 0\.jpg"):  # two could be meant
        prepare({"train": {"0.jpg": ["a dog"]}}, features, tmp_path / "none", min_count=1)


def test_two_names_for_one_photo_are_refused(features: Path, tmp_path: Path) -> None:
    splits = {"train": {"0.jpg": ["a dog"]}, "val": {"0.JPG": ["a dog"]}}
    with pytest.raises(InputError, match=r"captions of 0\.jpg and of 0\.JPG, and one photo"):
        prepare(splits, features, tmp_path / "out", min_count=1)


def test_words_are_whole_in_every_script(features: Path, tmp_path: Path) -> None:
    """Joiners, soft hyphens and marks of direction stand inside of words; a space of no width "
    "between them."""
    said = ["\u0dc1\u0dca\u200d\u0dbb\u0dd3", "Auto\u00adbahn", "\u200ea\u200f b", "\u0e2a\u200b\u0e27"]
    splits = {"train": {f"{n}.jpg": [sentence] for n, sentence in enumerate(said)}}
    prepare(splits, features, tmp_path / "out", min_count=1)
    words = CaptionData(tmp_path / "out", pca_features=False).idx_to_word[4:]
    assert sorted(words) == sorted(["\u0dc1\u0dca\u0dbb\u0dd3", "autobahn", "a", "b", "\u0e2a", "\u0e27"])


@pytest.mark.slow
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
