"""The command line, as a user sees it: what it prints, what it leaves, its exit codes."""

import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from captioning import cli
from captioning.commands import evaluate
from captioning.commands.shared import argument
from captioning.layers import vgg16_init, vgg16_save
from captioning.photos.encoder import ENCODER_FILE, Encoder
from captioning.training.checkpoint import History, load_checkpoint, save_checkpoint
from tests.conftest import Command
from tests.tiny import FEATURES, write_tiny_data, write_tiny_grids

SMALL = ["--hidden-dim", "16", "--wordvec-dim", "8", "--batch-size", "16", "--epochs", "2"]
PYTHON = [sys.executable, "-c", "from captioning.cli import main; main()"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder that says how its features were made: by a VGG16 that lies in it."""
    folder = write_tiny_data(tmp_path_factory.mktemp("data"), pca_features=False)
    params = vgg16_init(np.random.default_rng(0), width=1 / 32, image_size=32, fc_dim=FEATURES, n_classes=2)
    vgg16_save(folder / "vgg16.h5", params)
    encoder = {"weights": "vgg16.h5", "image_size": 32, "pca": None}
    (folder / ENCODER_FILE).write_text(json.dumps(encoder))
    return folder


@pytest.fixture(scope="module")
def runs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for cell in ("rnn", "lstm"):
        assert (
            cli.run(["train", "--data", str(data), "--cell", cell, "--out", str(folder / cell), *SMALL]) == 0
        )
    return folder


def test_patterns_become_names_where_the_shell_leaves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.jpg", "a.jpg", "c.png", "[d].gif"):
        (tmp_path / name).touch()
    args = ["caption", "--model", "lstm", "*.jpg", "[d].gif", "?.png", "no*.jpg", "-"]
    expected = ["caption", "--model", "lstm", "a.jpg", "b.jpg", "[d].gif", "c.png", "no*.jpg", "-"]
    assert cli.expanded(args) == expected


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "red.png"
    Image.new("RGB", (60, 40), "red").save(path)
    return path


def test_help_is_fast_and_lists_every_command() -> None:
    script = (
        "import sys; from captioning.cli import run; run(['--help']); "
        "sys.exit('numpy' in sys.modules or 'h5py' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, (_, about) in cli.COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert about in done.stdout


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_has_help_with_an_example(name: str, command: Command) -> None:
    code, out, err = command(name, "--help")
    assert (code, err) == (0, "")
    assert "Example: captioning" in out
    if name != "data":
        assert "--json" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["tain"], "No such command 'tain'"),
        (["train"], "Missing option"),
        (["train", "--data", "x", "--out", "y", "--cell", "transformer"], "'transformer' is not one of"),
        (["train", "--data", "x", "--out", "y", "--epochs", "0"], "0 is not in the range"),
        (["train", "--data", "x", "--out", "y", "--learning-rate", "0"], "0.0 is not in the range"),
        (["evaluate", "nowhere", "--data", "x"], "'nowhere' does not exist"),
        (["caption", "--model", "nowhere", "x.png"], "'nowhere' does not exist"),
    ],
)
def test_bad_usage_exits_with_2(args: list[str], message: str, command: Command) -> None:
    code, out, err = command(*args)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    "args",
    [
        "data get coco",
        "data get scenes",
        "data get flickr8k",
        "data get vgg16",
        "data prepare flickr8k",
        "data prepare captions",
        "data list",
        "features",
        "train",
        "evaluate",
        "caption",
        "import",
        "export",
        "demo",
    ],
)
def test_every_command_around_data_and_captioners_takes_a_seed_and_prints_json(
    args: str, command: Command
) -> None:
    code, out, _ = command(*args.split(), "--help")
    assert code == 0
    assert "--seed N" in out
    assert "--json" in out


@pytest.mark.parametrize("path", ["runs/lstm", "Mein Kurs äöü/kurs 1", "it's $HOME", "a;b", "(1)"])
def test_a_path_in_an_advice_can_be_typed_as_it_stands(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shlex.split(f"cd {argument(path)}") == ["cd", path]
    assert argument(Path("runs/lstm")) == "runs/lstm"
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        given = [argument(text) for text in ("C:\\Kurse\\äöü", "C:\\Mein Kurs")]
    assert given == ["C:\\Kurse\\äöü", '"C:\\Mein Kurs"']


def test_ctrl_c_while_scenes_are_drawn_writes_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("CAPTIONING_HOME", str(tmp_path))
    monkeypatch.setattr("captioning.data.scenes_cache.build_scenes", pressed)
    code, out, err = command("data", "get", "scenes", "--seed", 1)
    assert (code, out) == (130, "")
    assert "the same command draws the scenes again" in err
    assert not (tmp_path / "scenes" / "coco2014_captions.h5").exists()


def test_bad_input_exits_with_1(command: Command, tmp_path: Path) -> None:
    code, out, err = command("train", "--data", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert "nowhere is not a folder" in err
    assert not (tmp_path / "run").exists()


def test_a_file_where_a_folder_should_be_exits_with_1(command: Command, data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = command("train", "--data", data, "--out", tmp_path / "file" / "run", *SMALL)
    assert code == 1
    assert err.splitlines()[-1].startswith("Error: ")
    assert "Not a directory" in err


def test_train_leaves_a_run(runs: Path, data: Path, command: Command) -> None:
    assert {path.name for path in (runs / "lstm").iterdir()} == {
        ".checkpoint.h5.lock",
        "checkpoint.h5",
        "history.json",
        "learning_curves.png",
    }
    run = load_checkpoint(runs / "lstm")
    assert (run.config.cell, run.config.hidden_dim, run.epoch) == ("lstm", 16, 2)
    weights = str((data / "vgg16.h5").resolve())
    assert run.captioner.encoder == Encoder("fc7", pca_features=False, weights=weights, image_size=32)
    history = json.loads((runs / "lstm" / "history.json").read_text())
    assert history["val_loss"] == run.history.val_loss
    assert history["config"]["cell"] == "lstm"
    with Image.open(runs / "lstm" / "learning_curves.png") as picture:
        assert picture.width > 1000


@pytest.mark.slow
def test_train_prints_json_alone(command: Command, data: Path, tmp_path: Path) -> None:
    code, out, err = command("train", "--data", data, "--out", tmp_path / "run", "--json", *SMALL)
    result = json.loads(out)
    assert code == 0
    assert result["epochs"] == 2
    assert result["iterations"] == 10
    assert result["val_loss"] == min(load_checkpoint(tmp_path / "run").history.val_loss)
    assert "epoch 2 of 2" in err


@pytest.mark.slow
def test_train_validates_on_a_sample_and_in_the_end_on_all(
    command: Command, data: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    args = ["train", "--data", data, "--out", run, "--json", *SMALL]
    code, out, err = command(*args, "--val-captions", "10")
    assert code == 0
    assert "10 to validate on" in err
    result = json.loads(out)
    _, everything, _ = command("evaluate", run, "--data", data, "--split", "val", "--json")
    (scores,) = json.loads(everything)["splits"]["val"].values()
    assert result["val_loss"] == pytest.approx(scores["loss"])
    sampled = json.loads((run / "history.json").read_text())
    assert sampled["val_loss"][result["best_epoch"] - 1] != pytest.approx(result["val_loss"])
    # What is learned does not hang on what it is validated on; only which epoch is kept does.
    assert command(*args[:3], "--out", tmp_path / "all", *SMALL)[0] == 0
    whole = json.loads((tmp_path / "all" / "history.json").read_text())
    assert whole["minibatch_loss"] == sampled["minibatch_loss"]
    code, _, err = command(*args[:3], "--out", tmp_path / "x", "--max-captions", "5", "--val-captions", "3")
    assert code == 1
    assert "--max-captions validates on the captions that it learns" in err


def test_train_does_not_write_over_a_run(command: Command, data: Path, runs: Path) -> None:
    before = (runs / "lstm" / "checkpoint.h5").read_bytes()
    code, _, err = command("train", "--data", data, "--out", runs / "lstm", *SMALL)
    assert code == 1
    assert "there is a run in" in err
    assert "--resume" in err
    assert (runs / "lstm" / "checkpoint.h5").read_bytes() == before


def test_resume_refuses_other_settings(command: Command, data: Path, runs: Path) -> None:
    code, _, err = command(
        "train", "--data", data, "--out", runs / "lstm", "--resume", "--cell", "gru", "--epochs", "2"
    )
    assert code == 1
    assert "a run with cell lstm, not gru." in err


@pytest.mark.slow
def test_resume_of_a_finished_run_changes_nothing(command: Command, data: Path, runs: Path) -> None:
    before = load_checkpoint(runs / "rnn")
    code, out, _ = command("train", "--data", data, "--out", runs / "rnn", "--resume")
    assert code == 0
    assert "2 epochs" in out
    np.testing.assert_array_equal(load_checkpoint(runs / "rnn").params["Wh"], before.params["Wh"])


def test_resume_refuses_a_damaged_checkpoint(command: Command, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.h5").write_text("half a checkpoint")
    code, _, err = command("train", "--data", data, "--out", tmp_path, "--resume")
    assert code == 1
    assert "is not an HDF5 file" in err


@pytest.mark.slow
def test_resume_of_nothing_begins(command: Command, data: Path, tmp_path: Path) -> None:
    code, _, err = command("train", "--data", data, "--out", tmp_path / "run", "--resume", *SMALL)
    assert code == 0
    assert "There is no run in" in err


def test_a_learning_rate_that_is_too_high(command: Command, data: Path, tmp_path: Path) -> None:
    code, _, err = command(
        "train", "--data", data, "--out", tmp_path, "--learning-rate", "1e30", "--optimizer", "sgd_momentum"
    )
    assert code == 1
    assert "Error: training diverged after" in err
    assert "Warning" not in err
    load_checkpoint(tmp_path)


def background(args: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PYTHON, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )


def wait_until_written(process: subprocess.Popen[str], path: Path, times: int) -> None:
    """Wait until a checkpoint has been written anew so many times, or the process has ended."""
    seen = {path.stat().st_mtime_ns if path.exists() else 0}
    deadline = time.monotonic() + 60
    while len(seen) <= times and process.poll() is None:
        assert time.monotonic() < deadline
        if path.exists():
            seen.add(path.stat().st_mtime_ns)
        time.sleep(0.001)


@pytest.fixture(scope="module")
def long_run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """Return the arguments of a run that takes some seconds, and where its uninterrupted result is."""
    out = tmp_path_factory.mktemp("uninterrupted")
    args = ["train", "--data", str(data), "--seed", "3", *SMALL, "--epochs", "20"]
    process = background([*args, "--out", str(out)])
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    return args, out


def test_killed_and_resumed_it_ends_with_the_same_parameters(
    long_run: tuple[list[str], Path], tmp_path: Path
) -> None:
    args, uninterrupted = long_run
    out = tmp_path / "run"
    for times in (2, 17):
        process = background([*args, "--out", str(out), "--resume", "--save-every", "0"])
        wait_until_written(process, out / "checkpoint.h5", times)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        run = load_checkpoint(out)
        assert 0 < run.iteration < 100
    process = background([*args, "--out", str(out), "--resume"])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    # The files are the same, byte for byte: parameters, the optimizer's memory, history.
    assert (out / "checkpoint.h5").read_bytes() == (uninterrupted / "checkpoint.h5").read_bytes()
    assert {path.name for path in out.iterdir()} == {path.name for path in uninterrupted.iterdir()}


def test_ctrl_c_saves_and_says_how_to_go_on(long_run: tuple[list[str], Path], tmp_path: Path) -> None:
    args, uninterrupted = long_run
    out = tmp_path / "my run"
    process = background([*args, "--out", str(out), "--save-every", "0"])
    wait_until_written(process, out / "checkpoint.h5", 8)
    process.send_signal(signal.SIGINT)
    stdout, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert stdout == ""
    assert "Traceback" not in err
    assert re.search(r"Stopped in epoch \d+ of 20, after \d+ minibatches. Nothing is lost", err)
    resume = f"captioning train --data {args[2]} --out '{out}' --resume"
    assert resume in err
    process = background([*args, "--out", str(out), "--resume"])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    # The files are the same, byte for byte: parameters, the optimizer's memory, history.
    assert (out / "checkpoint.h5").read_bytes() == (uninterrupted / "checkpoint.h5").read_bytes()


@pytest.mark.parametrize(("presses", "gap"), [(2, 0.0), (3, 0.02), (6, 0.005), (4, 0.06)])
def test_ctrl_c_again_and_again_ends_at_once_and_in_order(
    presses: int, gap: float, long_run: tuple[list[str], Path], tmp_path: Path
) -> None:
    args, _ = long_run
    out = tmp_path / "run"
    process = background([*args, "--out", str(out), "--save-every", "0"])
    wait_until_written(process, out / "checkpoint.h5", 8)
    for _ in range(presses):
        process.send_signal(signal.SIGINT)
        time.sleep(gap)
    _, err = process.communicate(timeout=60)
    # Where it had all said, it may have been the signal that ended it.
    assert process.returncode in {130, -signal.SIGINT}, err
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "--resume" in err
    assert 0 < load_checkpoint(out).iteration < 100


def test_evaluate_compares_runs(command: Command, data: Path, runs: Path) -> None:
    code, out, _ = command("evaluate", runs / "rnn", runs / "lstm", "--data", data, "--split", "train")
    assert code == 0
    header, _, *rows = out.splitlines()
    assert header.split() == ["train", str(runs / "rnn"), str(runs / "lstm")]
    assert [row.split()[0] for row in rows] == [
        "loss", "perplexity", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr",
    ]  # fmt: skip


@pytest.mark.slow
def test_evaluate_prints_json_alone(command: Command, data: Path, runs: Path) -> None:
    args = ["evaluate", runs / "lstm", "--data", data, "--split", "val", "--split", "train", "--json"]
    code, out, _ = command(*args)
    result = json.loads(out)
    assert code == 0
    assert list(result["splits"]) == ["val", "train"]
    scores = result["splits"]["val"][str(runs / "lstm")]
    assert scores["loss"] == pytest.approx(min(load_checkpoint(runs / "lstm").history.val_loss))
    beam = json.loads(command(*args, "--decoding", "beam", "--beam-width", "3")[1])
    assert beam["splits"]["val"][str(runs / "lstm")]["loss"] == scores["loss"]
    shuffled = json.loads(command(*args, "--shuffle-features")[1])
    assert shuffled["splits"]["val"][str(runs / "lstm")]["loss"] > scores["loss"]


def test_evaluate_needs_the_run_s_vocabulary(command: Command, runs: Path, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path, words=("zebra",), pca_features=False)
    code, out, err = command("evaluate", runs / "lstm", "--data", folder)
    assert (code, out) == (1, "")
    assert "different vocabularies" in err


@pytest.mark.slow
def test_evaluate_says_first_what_is_missing(
    command: Command, data: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_early(*args: object) -> None:
        raise AssertionError("it should not have begun")

    monkeypatch.setattr(evaluate, "evaluate_split", too_early)
    args = ["evaluate", runs / "rnn", "--data", data]
    code, _, err = command(*args, "--split", "val", "--split", "luck")
    assert code == 1
    assert "no split 'luck'" in err
    code, _, err = command(*args, data / "vgg16.h5")
    assert code == 1
    assert "not a captioner" in err
    beginning = load_checkpoint(runs / "rnn")
    beginning.history = History()
    save_checkpoint(tmp_path / "checkpoint.h5", beginning)
    code, _, err = command(*args, tmp_path)
    assert code == 1
    assert "the first epoch of this run is not complete" in err


def test_caption(command: Command, runs: Path, photo: Path) -> None:
    code, out, _ = command("caption", "--model", runs / "lstm", photo)
    assert code == 0
    assert out.startswith(f"{photo}: ")
    code, out, _ = command("caption", "--model", runs / "lstm" / "checkpoint.h5", photo, photo, "--json")
    result = json.loads(out)
    assert len(result["captions"]) == 2
    caption = result["captions"][0]
    assert caption["photo"] == str(photo)
    assert caption["log_probability"] == pytest.approx(
        sum(word["log_probability"] for word in caption["words"])
    )
    assert caption["complete"] == (caption["words"][-1]["word"] == "<END>")


def test_caption_that_breaks_off(command: Command, runs: Path, photo: Path) -> None:
    _, out, _ = command("caption", "--model", runs / "lstm", photo, "--max-length", 1)
    assert " ... (" in out


@pytest.mark.slow
def test_samples_depend_on_the_seed_alone(command: Command, runs: Path, photo: Path) -> None:
    args = ["caption", "--model", runs / "lstm", photo, "--decoding", "sample", "--samples", 4]
    first = command(*args)[1]
    assert len(first.splitlines()) == 4
    assert len(set(first.splitlines())) > 1
    assert command(*args)[1] == first
    assert command(*args, "--seed", 1)[1] != first
    likely = command(*args, "--top-k", 1, "--temperature", 0.5)[1]
    assert set(likely.splitlines()) == set(
        command("caption", "--model", runs / "lstm", photo)[1].splitlines()
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--temperature", "2"], "--temperature: only for --decoding sample"),
        (["--seed", "2"], "--seed: only for --decoding sample"),
        (["--decoding", "beam", "--top-k", "2", "--top-p", "0.5"], "--top-k, --top-p: only for"),
        (["--decoding", "sample", "--beam-width", "2"], "--beam-width: only for --decoding beam"),
        (["--decoding", "sample", "--samples", "2", "--explain", "x.png"], "--explain draws one caption"),
        (["--max-length", "0"], "0 is not in the range"),
    ],
)
def test_options_without_a_meaning_are_refused(
    args: list[str], message: str, command: Command, runs: Path, photo: Path
) -> None:
    code, out, err = command("caption", "--model", runs / "lstm", photo, *args)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.slow
@pytest.mark.parametrize("decoding", ["greedy", "sample", "beam"])
def test_explain_draws(decoding: str, command: Command, runs: Path, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "why.png"
    code, _, err = command(
        "caption",
        "--model",
        runs / "lstm",
        photo,
        "--decoding",
        decoding,
        "--max-length",
        4,
        "--explain",
        out,
    )
    assert code == 0, err
    with Image.open(out) as picture:
        assert picture.width > 100


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere.png", "nowhere.png does not exist"), ("note.png", "note.png is not a picture")],
)
def test_a_photo_that_is_none(
    name: str, message: str, command: Command, runs: Path, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "note.png").write_text("a letter")
    code, out, err = command("caption", "--model", runs / "lstm", tmp_path / name, photo)
    assert code == 1
    assert re.fullmatch(rf"{photo}: .* \(-\d+\.\d\d\)\n", out)
    assert message in err
    assert "1 of 2 photos were left out" in err
    code, out, err = command("caption", "--model", runs / "lstm", tmp_path / name)
    assert (code, out) == (1, "")
    assert message in err


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252:strict", "latin-1:strict"])
def test_what_an_encoding_does_not_have_is_escaped(
    encoding: str, runs: Path, photo: Path, tmp_path: Path
) -> None:
    path = tmp_path / "日本.png"
    path.write_bytes(photo.read_bytes())
    args = [*PYTHON, "caption", "--model", runs / "lstm", path, tmp_path / "größe → π.png"]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    ended = subprocess.run(args, capture_output=True, env=environment, check=False)
    assert ended.returncode == 1
    assert rb"\u65e5\u672c.png: " in ended.stdout
    assert rb"\u2192 \u03c0.png does not exist" in ended.stderr


@pytest.mark.slow
def test_the_right_weights_are_needed(
    command: Command, runs: Path, data: Path, photo: Path, tmp_path: Path
) -> None:
    args = ["caption", "--model", runs / "lstm", photo, "--weights"]
    assert command(*args, data / "vgg16.h5")[0] == 0
    rng = np.random.default_rng(0)
    other = tmp_path / "other.h5"
    vgg16_save(other, vgg16_init(rng, width=1 / 32, image_size=64, fc_dim=FEATURES, n_classes=2))
    code, _, err = command(*args, other)
    assert code == 1
    assert f"{other} is a VGG16 for pictures of 64 pixels" in err
    assert "for 32 pixels" in err
    vgg16_save(other, vgg16_init(rng, width=1 / 32, image_size=32, fc_dim=5, n_classes=2))
    code, _, err = command(*args, other)
    assert code == 1
    assert "a picture gets 5 features, but the captioner takes 12" in err


@pytest.mark.slow
def test_data_that_do_not_say_which_network(
    command: Command, photo: Path, data: Path, tmp_path: Path
) -> None:
    folder = write_tiny_data(tmp_path / "data", pca_features=False)
    assert command("train", "--data", folder, "--out", tmp_path / "run", *SMALL)[0] == 0
    code, _, err = command("caption", "--model", tmp_path / "run", photo)
    assert code == 1
    assert "give its weights with --weights" in err
    assert command("caption", "--model", tmp_path / "run", photo, "--weights", data / "vgg16.h5")[0] == 0


@pytest.mark.slow
def test_features_go_through_the_pca(command: Command, photo: Path, data: Path, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path / "data")
    weights, pca = folder / "wide.h5", folder / "pca.h5"
    rng = np.random.default_rng(0)
    vgg16_save(weights, vgg16_init(rng, width=1 / 32, image_size=32, fc_dim=20, n_classes=2))
    with h5py.File(pca, "w") as file:
        file["pca_mean"] = np.zeros(20, dtype=np.float32)
        file["pca_components"] = np.eye(20, FEATURES, dtype=np.float32)
    encoder = {"weights": "wide.h5", "image_size": 32, "pca": None}
    (folder / ENCODER_FILE).write_text(json.dumps(encoder))
    assert command("train", "--data", folder, "--out", tmp_path / "one", *SMALL)[0] == 0
    code, _, err = command("caption", "--model", tmp_path / "one", photo)
    assert code == 1
    assert "give the file of that PCA with --features-pca" in err
    code, said, _ = command("caption", "--model", tmp_path / "one", photo, "--features-pca", pca)
    assert code == 0
    (folder / ENCODER_FILE).write_text(json.dumps(encoder | {"pca": "pca.h5"}))
    assert command("train", "--data", folder, "--out", tmp_path / "two", *SMALL)[0] == 0
    assert command("caption", "--model", tmp_path / "two", photo)[1] == said


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"weights": "vgg16.h5"}'])
def test_a_damaged_encoder_record(content: str, command: Command, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path / "data")
    (folder / ENCODER_FILE).write_text(content)
    code, _, err = command("train", "--data", folder, "--out", tmp_path / "run", *SMALL)
    assert code == 1
    assert "encoder.json does not say how the features were made" in err


@pytest.mark.slow
def test_features_without_pca_are_found(command: Command, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path / "data", pca_features=False)
    assert command("train", "--data", folder, "--out", tmp_path / "run", *SMALL)[0] == 0
    assert not load_checkpoint(tmp_path / "run").config.pca_features
    code, _, err = command("train", "--data", folder, "--out", tmp_path / "other", "--pca", *SMALL)
    assert code == 1
    assert "is missing" in err


@pytest.mark.slow
def test_attention_is_a_cell_like_the_others(
    command: Command, photo: Path, data: Path, tmp_path: Path
) -> None:
    write_tiny_grids(data)
    run = tmp_path / "run"
    code, _, err = command("train", "--data", data, "--cell", "attention", "--out", run, *SMALL)
    assert code == 0, err
    assert "attention with" in err
    code, out, err = command("evaluate", run, "--data", data, "--json")
    assert code == 0, err
    loss = json.loads(out)["splits"]["val"][str(run)]["loss"]
    assert loss == pytest.approx(min(load_checkpoint(run).history.val_loss))
    # The grid of the network in the folder has other channels than the tiny one.
    code, _, err = command("caption", "--model", run, photo)
    assert code == 1
    assert "a picture gets 16 features, but the captioner takes 12" in err


def test_attention_needs_grids(command: Command, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path / "data", pca_features=False)
    args = ["train", "--data", folder, "--cell", "attention", "--out", tmp_path / "run", *SMALL]
    code, _, err = command(*args)
    assert code == 1
    assert (
        "train2014_vgg16_pool4.h5 is missing. A captioner with attention looks at a grid of features" in err
    )
    assert "--data scenes" in err
    code, _, err = command(*args, "--pca")
    assert code == 1
    assert "--pca: attention looks at a grid" in err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "attention"])
def test_a_captioner_of_the_course_is_called_by_its_name(
    name: str, command: Command, photo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "why.png"
    code, said, err = command("caption", "--model", name, photo, "--explain", out)
    assert code == 0, err
    assert said.startswith(f"{photo}: a ")
    assert out.exists()


@pytest.mark.slow
def test_real_captions(real_data: Path, command: Command, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, _, err = command(
        "train", "--data", real_data / "coco15", "--out", out, "--hidden-dim", 32, "--epochs", 2
    )
    assert code == 0, err
    code, table, _ = command("evaluate", out, "--data", real_data / "coco15")
    assert code == 0
    assert "CIDEr" in table


def test_a_full_disk(command: Command, data: Path, runs: Path, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        code, _, err = command("train", "--data", data, "--out", tmp_path, *SMALL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 1
    assert "checkpoint.h5: the disk is full" in err
    assert [path.name for path in tmp_path.iterdir()] == [".checkpoint.h5.lock"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["train", "--data", "x", "--out", "y", "--clip-norm", "nan"], "nan is not a finite number"),
        (["train", "--data", "x", "--out", "y", "--feature-dropout", "nan"], "nan is not a finite number"),
        (["train", "--data", "x", "--out", "y", "--learning-rate", "inf"], "inf is not a finite number"),
        (["train", "--data", "x", "--out", "y", "--hidden-dim", str(10**9)], "is not in the range"),
        (["caption", "--model", "lstm", "x.png", "--top-p", "nan"], "nan is not a finite number"),
        (["caption", "--model", "lstm", "x.png", "--samples", str(10**9)], "is not in the range"),
        (["caption", "--model", "lstm", "x.png", "--beam-width", str(10**24)], "is not in the range"),
        (["evaluate", "lstm", "--data", "x", "--length-penalty", "nan"], "nan is not a finite number"),
        (["check", ".", "--seconds", "1e300"], "is not in the range"),
        (["check", ".", "--seconds", "nan"], "nan is not a finite number"),
        (["start", ""], "one of the arguments is empty"),
        (["train", "--data", "x", "--out="], "one of the arguments is empty"),
        (["start", "x", "--chapters", ",,"], "--chapters ,, names no chapter"),
    ],
)
def test_nonsense_is_refused_by_name_and_as_json(
    args: list[str], message: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*args, "--json")
    assert code == 2
    assert message in err
    result = json.loads(out)
    assert message in result["error"]
    assert result["exit_code"] == 2
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_json_too(command: Command, tmp_path: Path) -> None:
    code, out, err = command("train", "--data", tmp_path / "nowhere", "--out", tmp_path / "run", "--json")
    assert code == 1
    assert err == f"Error: {json.loads(out)['error']}\n"
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="pipes and /dev/full")
def test_what_the_shell_does_to_it_ends_in_a_sentence(tmp_path: Path) -> None:
    program = f"{shlex.quote(sys.executable)} -c 'from captioning.cli import main; main()'"

    def shell(line: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", line.format(program)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
        )

    assert shell("{} train --help | true").stderr == ""
    full = shell("{} --help >/dev/full")
    assert (full.returncode, full.stderr) == (
        1,
        "Error: the output cannot be written: No space left on device.\n",
    )
    gone = shell("mkdir gone; cd gone; rmdir ../gone; {} progress")
    assert (gone.returncode, "Error: the working folder is not there any more." in gone.stderr) == (1, True)
