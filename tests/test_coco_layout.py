"""The reader and writer of CS231n's files: real data, our own, and every way in which they are broken."""

import json
import tracemalloc

import h5py
import numpy as np
import pytest

from captioning.data import coco_layout
from captioning.data.coco_layout import END, CaptionData, write_captions_layout
from captioning.errors import InputError
from captioning.layers import CaptioningRNN, adam
from tests.tiny import edited

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "boat"]
CAPTIONS = {
    "train": np.array([[1, 4, 5, 6, 2], [1, 6, 2, 0, 0], [1, 4, 6, 2, 0], [1, 3, 6, 2, 0]]),
    "val": np.array([[1, 4, 5, 2, 0], [1, 5, 6, 2, 0]]),
}
IMAGE_IDXS = {"train": np.array([2, 0, 2, 1]), "val": np.array([1, 0])}
FEATURES = {
    split: np.random.default_rng(n).standard_normal((rows, 8)).astype(np.float32)
    for n, (split, rows) in enumerate([("train", 3), ("val", 2)])
}
URLS = {"train": ["zero.jpg", "one.jpg", "two.jpg"], "val": ["three.jpg", "four.jpg"]}


@pytest.fixture
def folder(tmp_path):
    write_captions_layout(
        tmp_path,
        captions={split: (CAPTIONS[split], IMAGE_IDXS[split]) for split in CAPTIONS},
        features=FEATURES,
        idx_to_word=WORDS,
        urls=URLS,
    )
    return tmp_path


def replace(path, name, array):
    """Put another array in the place of a dataset; None only takes it away."""
    with edited(path) as file:
        del file[name]
        if array is not None:
            file[name] = array


def test_what_was_written_is_read(folder):
    data = CaptionData(folder)
    assert data.splits == ("train", "val")
    assert data.input_dim == 8
    assert data.idx_to_word == WORDS
    assert data.word_to_idx["boat"] == 6
    for split in data.splits:
        np.testing.assert_array_equal(data.captions(split), CAPTIONS[split])
        np.testing.assert_array_equal(data.image_idxs(split), IMAGE_IDXS[split])
        assert data.captions(split).dtype == data.image_idxs(split).dtype == np.int32
        assert data.urls(split) == URLS[split]
        assert data.n_images(split) == len(URLS[split])


def test_splits_of_scenes_come_in_the_order_of_their_use(tmp_path):
    splits = ["unseen", "test", "val", "train"]
    write_captions_layout(
        tmp_path,
        captions=dict.fromkeys(splits, (CAPTIONS["val"], IMAGE_IDXS["val"])),
        features=dict.fromkeys(splits, FEATURES["val"]),
        idx_to_word=WORDS,
        urls=dict.fromkeys(splits, URLS["val"]),
    )
    assert CaptionData(tmp_path).splits == ("train", "val", "test", "unseen")


def test_features_come_in_any_order_and_repeated(folder):
    rows = np.array([2, 0, 2, 1, 0])
    features = CaptionData(folder).features("train", rows)
    np.testing.assert_array_equal(features, FEATURES["train"][rows])
    assert features.dtype == np.float32


def test_no_rows_give_no_features(folder):
    assert CaptionData(folder).features("train", np.array([], dtype=int)).shape == (0, 8)


@pytest.mark.parametrize("row", [-1, 3])
def test_a_row_that_does_not_exist(folder, row):
    with pytest.raises(IndexError, match="train has features 0 to 2; asked for"):
        CaptionData(folder).features("train", np.array([1, row]))


def test_float16_and_compressed_features_are_served_as_float32(folder):
    path = folder / "train2014_vgg16_fc7_pca.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "features", data=FEATURES["train"].astype(np.float16), chunks=(2, 4), compression=4
        )
    features = CaptionData(folder).features("train", np.arange(3))
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, FEATURES["train"], rtol=1e-3)


def test_features_are_not_held_in_memory(tmp_path):
    n_rows = 40_000  # 82 MB
    path = tmp_path / "train2014_vgg16_fc7_pca.h5"
    write_captions_layout(
        tmp_path,
        captions={"train": (CAPTIONS["train"], np.array([0, 1, 2, n_rows - 1]))},
        features={"train": FEATURES["train"]},
        idx_to_word=WORDS,
        urls={"train": [""] * n_rows},
    )
    with h5py.File(path, "w") as file:
        file.create_dataset("features", shape=(n_rows, 512), dtype=np.float32, fillvalue=1)
    tracemalloc.start()
    data = CaptionData(tmp_path)
    for row in data.image_idxs("train"):
        data.features("train", np.array([row]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_features_are_held_in_memory_where_asked_and_where_they_fit(folder, monkeypatch):
    data, rows = CaptionData(folder), np.array([2, 0, 2])
    expected = data.features("train", rows)
    monkeypatch.setattr(coco_layout, "HELD_BYTES", FEATURES["train"].astype(np.float32).nbytes)
    for split in ("train", "val"):  # for the second there is no room
        data.hold(split)
    (folder / "train2014_vgg16_fc7_pca.h5").write_bytes(b"")
    np.testing.assert_array_equal(data.features("train", rows), expected)
    assert list(data._held) == ["train"]
    with pytest.raises(IndexError, match="asked for 9"):
        data.features("train", np.array([9]))


# What is wrong with the files


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="nowhere is not a folder"):
        CaptionData(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["coco2014_captions.h5", "coco2014_vocab.json", "train2014_vgg16_fc7_pca.h5"]
)
def test_a_file_that_is_missing(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        CaptionData(folder)


def test_features_of_the_other_kind_are_pointed_out(folder):
    with pytest.raises(InputError, match=r"has train2014_vgg16_fc7_pca\.h5.*pca_features=True"):
        CaptionData(folder, pca_features=False)


@pytest.mark.parametrize("name", ["coco2014_captions.h5", "val2014_vgg16_fc7_pca.h5"])
def test_a_file_that_is_not_hdf5(folder, name):
    (folder / name).write_text("<html>404 not found</html>" * 100)
    with pytest.raises(InputError, match=f"{name} is not an HDF5 file"):
        CaptionData(folder)


@pytest.mark.parametrize("name", ["coco2014_captions.h5", "val2014_vgg16_fc7_pca.h5"])
def test_a_file_that_was_cut_off(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-20])
    with pytest.raises(InputError, match=f"{name} was cut off"):
        CaptionData(folder)


def test_damage_that_shows_when_the_features_are_read(folder):
    path = folder / "train2014_vgg16_fc7_pca.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("features", data=FEATURES["train"], chunks=(3, 8), compression="gzip")
        chunk = file["features"].id.get_chunk_info(0)
    with open(path, "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)
    data = CaptionData(folder)
    with pytest.raises(InputError, match=rf"{path.name} cannot be read"):
        data.features("train", np.array([0]))


@pytest.mark.parametrize(
    ("file_name", "dataset"),
    [
        ("coco2014_captions.h5", "train_image_idxs"),
        ("train2014_vgg16_fc7_pca.h5", "features"),
    ],
)
def test_a_dataset_that_is_missing(folder, file_name, dataset):
    replace(folder / file_name, dataset, None)
    with pytest.raises(InputError, match=f"{file_name} has no dataset '{dataset}'"):
        CaptionData(folder)


def test_a_captions_file_without_captions(folder):
    with h5py.File(folder / "coco2014_captions.h5", "w") as file:
        file["data"] = [1]
    with pytest.raises(InputError, match="has no dataset 'train_captions'; it has 'data'"):
        CaptionData(folder)


@pytest.mark.parametrize("row", [3, -1])
def test_features_and_captions_of_different_length(folder, row):
    replace(folder / "coco2014_captions.h5", "train_image_idxs", np.array([0, 1, 2, row]))
    with pytest.raises(InputError, match=r"'train' do not belong together.* has rows 0 to 2"):
        CaptionData(folder)


def test_captions_and_image_idxs_of_different_length(folder):
    replace(folder / "coco2014_captions.h5", "train_image_idxs", np.array([0, 1, 2]))
    with pytest.raises(InputError, match="has 4 captions, 'train_image_idxs' 3 rows"):
        CaptionData(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_in_the_features_name_the_file_and_the_row(folder, value):
    with edited(folder / "train2014_vgg16_fc7_pca.h5") as file:
        file["features"][1, 5] = value
    data = CaptionData(folder)
    data.features("train", np.array([2, 0]))
    with pytest.raises(InputError, match=r"train2014_vgg16_fc7_pca\.h5: the features in row 1 hold NaN"):
        data.features("train", np.array([2, 1, 0]))


@pytest.mark.parametrize("word", [7, -1])
def test_a_word_outside_the_vocabulary(folder, word):
    captions = CAPTIONS["train"].copy()
    captions[2, 1] = word
    replace(folder / "coco2014_captions.h5", "train_captions", captions)
    with pytest.raises(InputError, match=f"caption 2 holds the word {word}; the vocabulary has words 0 to 6"):
        CaptionData(folder)


@pytest.mark.parametrize("rest", [[2, 0, 0, 0], [0, 0, 0, 0]])
def test_an_empty_caption(folder, rest):
    captions = CAPTIONS["train"].copy()
    captions[3, 1:] = rest
    replace(folder / "coco2014_captions.h5", "train_captions", captions)
    data = CaptionData(folder)
    assert len(data.captions("train")) == len(data.image_idxs("train")) == len(captions) - 1
    assert (data.captions("train")[:, 1] > END).all()
    (sentence,) = data.left_out
    assert f"1 of the {len(captions)} captions of 'train' are empty, caption 3 is the first" in sentence
    captions[:, 1:] = rest
    replace(folder / "coco2014_captions.h5", "train_captions", captions)
    with pytest.raises(InputError, match="None is left"):
        CaptionData(folder)


def test_numbers_too_large_for_a_word_do_not_become_another(folder):
    replace(folder / "coco2014_captions.h5", "train_captions", CAPTIONS["train"].astype(np.int64) + 2**32)
    with pytest.raises(InputError, match=r"holds numbers up to \d{10}, expected at most 2147483647"):
        CaptionData(folder)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", [b"\r\n", b" \n"])
def test_text_as_editors_leave_it(folder, mark, end):
    urls = CaptionData(folder).urls("train")
    for name in ("coco2014_vocab.json", "train2014_urls.txt"):
        path = folder / name
        path.write_bytes(mark + path.read_bytes().replace(b"\n", end))
    data = CaptionData(folder)
    assert data.idx_to_word == WORDS
    assert data.urls("train") == urls


def test_a_caption_that_does_not_begin_with_start(folder):
    replace(folder / "coco2014_captions.h5", "train_captions", CAPTIONS["train"][:, 1:])
    with pytest.raises(InputError, match="caption 0 does not begin with <START>"):
        CaptionData(folder)


@pytest.mark.parametrize(
    "captions", [CAPTIONS["train"][0], CAPTIONS["train"].astype(np.float32), CAPTIONS["train"][:0]]
)
def test_captions_of_wrong_rank_type_or_number(folder, captions):
    replace(folder / "coco2014_captions.h5", "train_captions", captions)
    with pytest.raises(InputError, match=r"'train_captions' has shape .* expected"):
        CaptionData(folder)


@pytest.mark.parametrize(
    "features", [FEATURES["train"][0], FEATURES["train"].astype(int), FEATURES["train"][:, :0]]
)
def test_features_of_wrong_rank_type_or_size(folder, features):
    replace(folder / "train2014_vgg16_fc7_pca.h5", "features", features)
    with pytest.raises(InputError, match=r"'features' has shape .* expected floats"):
        CaptionData(folder)


def test_splits_with_features_of_different_networks(folder):
    replace(folder / "val2014_vgg16_fc7_pca.h5", "features", FEATURES["val"][:, :5])
    with pytest.raises(InputError, match=r"different numbers of columns: \{'train': 8, 'val': 5\}"):
        CaptionData(folder)


@pytest.mark.parametrize(
    "words", [WORDS[4:], ["<START>", "<NULL>", *WORDS[2:]], ["<pad>", "<s>", "</s>", "<unk>", *WORDS[4:]]]
)
def test_a_vocabulary_without_the_special_words(folder, words):
    vocabulary = {"idx_to_word": words, "word_to_idx": {word: idx for idx, word in enumerate(words)}}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary))
    with pytest.raises(InputError, match="expected the special words <NULL>, <START>, <END>, <UNK>"):
        CaptionData(folder)


def test_a_vocabulary_with_a_word_twice(folder):
    words = [*WORDS, WORDS[-1]]
    vocabulary = {"idx_to_word": words, "word_to_idx": {word: idx for idx, word in enumerate(words)}}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary))
    with pytest.raises(InputError, match=f"has the word '{WORDS[-1]}' more than once"):
        CaptionData(folder)


def test_a_vocabulary_that_contradicts_itself(folder):
    word_to_idx = {word: idx for idx, word in enumerate(WORDS)} | {"boat": 5, "red": 6}
    (folder / "coco2014_vocab.json").write_text(
        json.dumps({"idx_to_word": WORDS, "word_to_idx": word_to_idx})
    )
    with pytest.raises(InputError, match="'word_to_idx' is not the inverse"):
        CaptionData(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", '{"idx_to_word": []}', '{"idx_to_word": {}, "word_to_idx": {}}']
)
def test_a_vocabulary_that_is_no_vocabulary(folder, text):
    (folder / "coco2014_vocab.json").write_text(text)
    with pytest.raises(InputError, match="is not a vocabulary"):
        CaptionData(folder)


def test_a_split_that_does_not_exist(folder):
    with pytest.raises(InputError, match="has no split 'test'; it has train, val"):
        CaptionData(folder).captions("test")


def test_a_list_of_urls_of_another_length(folder):
    (folder / "val2014_urls.txt").write_text("three.jpg\n")
    with pytest.raises(InputError, match="has 1 lines, but there are features of 2 images"):
        CaptionData(folder).urls("val")


# Real data


@pytest.mark.parametrize(
    ("name", "pca_features", "shapes"),
    [
        ("flickr8k", True, {"train": (3765, 753, 512), "val": (565, 113, 512)}),
        ("coco15", False, {"train": (60, 12, 4096), "val": (15, 3, 4096)}),
    ],
)
def test_real_data_go_through_the_same_door(real_data, name, pca_features, shapes):
    data = CaptionData(real_data / name, pca_features=pca_features)
    assert data.splits == ("train", "val")
    assert len(data.idx_to_word) == 1004
    for split, (n_captions, n_images, n_columns) in shapes.items():
        assert (len(data.captions(split)), data.n_images(split), data.input_dim) == (
            n_captions,
            n_images,
            n_columns,
        )
        assert len(data.urls(split)) == n_images
        with h5py.File(data.folder / f"{split}2014_vgg16_fc7{'_pca' * pca_features}.h5") as file:
            expected = file["features"][:]
        rows = np.random.default_rng(0).permutation(data.image_idxs(split))
        np.testing.assert_array_equal(data.features(split, rows), expected[rows])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "pca_features"), [("flickr8k", True), ("coco15", False)])
def test_a_captioner_learns_from_real_data(real_data, name, pca_features):
    data = CaptionData(real_data / name, pca_features=pca_features)
    model = CaptioningRNN(data.word_to_idx, data.input_dim, 32, 48, "lstm", rng=np.random.default_rng(0))
    configs = dict.fromkeys(model.params)
    rng = np.random.default_rng(0)
    losses = []
    captions, rows = data.captions("train"), data.image_idxs("train")
    while len(losses) < 60:
        batch = rng.choice(len(captions), 50, replace=False)
        loss, grads = model.loss(data.features("train", rows[batch]), captions[batch])
        losses.append(loss)
        for key, dw in grads.items():
            config = configs[key] or {"learning_rate": 5e-3}
            model.params[key], configs[key] = adam(model.params[key], dw, config)
    # The untrained model guesses evenly among 1004 words, 80 in all; knowing their frequencies makes it 56.
    assert np.mean(losses[-5:]) < 60 < np.mean(losses[:2])
