"""`captioning demo` and the training side by side that it does, with tiny networks on a few scenes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from click.testing import CliRunner, Result

from captioning.commands import demo
from captioning.data import scenes_cache
from captioning.data.coco_layout import GRID_LAYER, SPECIAL_WORDS, CaptionData
from captioning.errors import InputError
from captioning.gallery import making
from captioning.layers import vgg16_init, vgg16_save
from captioning.photos.encoder import Encoder
from captioning.photos.standardization import Standardization
from captioning.scenes.lexicon import vocabulary
from captioning.training import captioner
from captioning.training.captioner import CHECKPOINT_FILE, Captioner, build_model, save_captioner
from captioning.training.checkpoint import History, load_checkpoint, save_checkpoint
from captioning.training.config import TrainingConfig
from captioning.training.examples import open_data
from captioning.training.run import new_run, train_run
from captioning.training.side_by_side import Job, train_side_by_side
from tests.test_gallery import Page
from tests.tiny import CONFIG, silently, write_tiny_data

STAGES = ("scenes", "training and measuring", "page")
TINY = TrainingConfig(hidden_dim=8, wordvec_dim=8, batch_size=64, epochs=1, pca_features=False)


def job(data: Path, out: Path, **changes: object) -> Job:
    return Job(data, replace(CONFIG, **changes), out / CHECKPOINT_FILE)


def test_runs_side_by_side_end_as_they_do_alone(tmp_path: Path) -> None:
    data_folder = write_tiny_data(tmp_path / "data")
    jobs = [job(data_folder, tmp_path / cell, cell=cell) for cell in ("lstm", "rnn")]
    train_side_by_side(jobs, at_once=2)
    for one in jobs:
        run = one.run
        assert run is not None
        assert run.epoch == CONFIG.epochs
        assert one.seconds() > 0
        data = open_data(data_folder, one.config)
        alone = new_run(data, one.config)
        train_run(alone, data, tmp_path / "alone.h5", progress=silently)
        for name, value in alone.params.items():
            np.testing.assert_array_equal(run.params[name], value)


def note_epochs(of: Job) -> None:
    """Write beside a run how far it has come."""
    assert of.run is not None
    (of.checkpoint.parent / "epochs.txt").write_text(str(of.run.epoch))


def test_what_is_done_with_a_run_comes_after_it(tmp_path: Path) -> None:
    one = job(write_tiny_data(tmp_path / "data"), tmp_path / "run")
    train_side_by_side([one], at_once=1, then=note_epochs)
    assert (tmp_path / "run" / "epochs.txt").read_text() == str(CONFIG.epochs)


def refuse(_: Job) -> None:
    raise InputError("the disk is full")


def test_an_error_in_what_is_done_with_a_run_is_told(tmp_path: Path) -> None:
    one = job(write_tiny_data(tmp_path / "data"), tmp_path / "run")
    with pytest.raises(InputError, match="the disk is full"):
        train_side_by_side([one], at_once=1, then=refuse)
    assert one.finished


def test_a_run_of_other_settings_or_data_is_not_taken_for_this_one(tmp_path: Path) -> None:
    data_folder = write_tiny_data(tmp_path / "data")
    one = job(data_folder, tmp_path / "run")
    assert one.run is None
    train_run(new_run(one.data, one.config), one.data, one.checkpoint, progress=silently)
    assert job(data_folder, tmp_path / "run").finished
    assert job(data_folder, tmp_path / "run", epochs=4).run is None
    assert job(data_folder, tmp_path / "run", seed=1).run is None
    other_data = write_tiny_data(tmp_path / "other", seed=1)
    assert job(other_data, tmp_path / "run").run is None
    # Its checkpoint is not gone on with, but written over.
    another = job(data_folder, tmp_path / "run", seed=1)
    train_side_by_side([another], at_once=1)
    assert another.finished


def test_a_run_is_gone_on_with(tmp_path: Path) -> None:
    data_folder = write_tiny_data(tmp_path / "data")
    one = job(data_folder, tmp_path / "run")
    run = new_run(one.data, one.config)
    # Were it begun again, it would know nothing of these.
    run.history = History([9.0] * 10, [5, 10], [9.0] * 2, [9.0] * 2, [7.0] * 2)
    save_checkpoint(one.checkpoint, run)
    train_side_by_side([one], at_once=1)
    assert one.run is not None
    assert one.finished
    assert one.run.history.minibatch_loss[:10] == run.history.minibatch_loss


def test_what_cannot_be_trained_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    data_folder = write_tiny_data(tmp_path / "data", n_images=400)
    long = job(data_folder, tmp_path / "long", epochs=500)
    # It may not have got to its first step when the other one fails; what is there is kept all the same.
    long.checkpoint.parent.mkdir()
    save_checkpoint(long.checkpoint, new_run(long.data, long.config))
    # It overflows in its first steps.
    wrong = job(data_folder, tmp_path / "wrong", cell="rnn", learning_rate=1e30)
    with pytest.raises(InputError, match="learning rate"):
        train_side_by_side([long, wrong], at_once=2)
    kept = load_checkpoint(long.checkpoint)
    assert kept.epoch < 500


def test_a_process_that_dies_is_told_of(tmp_path: Path) -> None:
    one = job(write_tiny_data(tmp_path / "data"), tmp_path / "run", epochs=10_000)

    def trainings() -> list[psutil.Process]:
        """Return what this test has started: other tests leave processes of theirs."""
        return [child for child in psutil.Process().children() if str(tmp_path / "run") in child.cmdline()]

    def kill() -> None:
        wait_until(lambda: bool(trainings()))
        for child in trainings():
            child.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(InputError, match="the training of the lstm ended with exit code -9"):
        train_side_by_side([one], at_once=1)
    killer.join()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from captioning.training.side_by_side import Job, train_side_by_side
from tests.tiny import CONFIG
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    jobs = [
        Job(folder / "data", replace(CONFIG, cell=cell, epochs=2000), folder / cell / "checkpoint.h5")
        for cell in ("lstm", "gru")
    ]
    try:
        train_side_by_side(jobs, at_once=2)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.fixture
def training(tmp_path: Path) -> Iterator[subprocess.Popen]:
    """Run a program that trains two captioners for a long time, until both have begun."""
    write_tiny_data(tmp_path / "data")
    (tmp_path / "program.py").write_text(PROGRAM)
    root = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": root},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    checkpoints = [tmp_path / cell / "checkpoint.h5" for cell in ("lstm", "gru")]
    try:
        wait_until(lambda: all(map(begun, checkpoints)))
        yield process
    finally:
        process.kill()
        process.communicate()


def begun(checkpoint: Path) -> bool:
    return checkpoint.exists() and load_checkpoint(checkpoint).epoch > 0


@pytest.mark.parametrize("whom", ["all processes, as a terminal does", "the main process"])
def test_ctrl_c_stops_all_and_loses_nothing(training: subprocess.Popen, tmp_path: Path, whom: str) -> None:
    if whom == "the main process":
        os.kill(training.pid, signal.SIGINT)
    else:
        os.killpg(training.pid, signal.SIGINT)
    training.communicate(timeout=60)
    assert training.returncode == 130
    for cell in ("lstm", "gru"):
        run = load_checkpoint(tmp_path / cell / "checkpoint.h5")
        # Written in the middle of an epoch, too.
        assert run.iteration >= run.history.iterations[-1]
        assert 0 < run.epoch < 2000
        assert json.loads((tmp_path / cell / "seconds.json").read_text()) > 0


def test_when_the_main_process_is_killed_the_others_end(training: subprocess.Popen, tmp_path: Path) -> None:
    others = psutil.Process(training.pid).children()
    assert len(others) == 2
    training.kill()
    training.wait()
    wait_until(lambda: not any(other.is_running() for other in others))
    for cell in ("lstm", "gru"):
        assert 0 < load_checkpoint(tmp_path / cell / "checkpoint.h5").epoch < 2000
        assert json.loads((tmp_path / cell / "seconds.json").read_text()) > 0


@pytest.fixture
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the demo tiny: a random VGG16, a few scenes, small networks, few pictures."""
    weights = tmp_path / "vgg16.h5"
    params = vgg16_init(np.random.default_rng(0), width=1 / 16, image_size=64, fc_dim=16)
    vgg16_save(weights, params)
    monkeypatch.setattr(scenes_cache, "SCENES_VGG16", weights)
    save_captioner(tiny_attention(params["conv4_3_b"].size), tmp_path / "captioners" / "attention.h5")
    monkeypatch.setattr(captioner, "FOLDER", tmp_path / "captioners")
    monkeypatch.setattr(demo, "QUICK_SCENES", 12)
    monkeypatch.setattr(demo, "QUICK_EPOCHS", 1)
    monkeypatch.setattr(demo, "SETTINGS", TINY)
    monkeypatch.setattr(making, "PICTURES", {"test": 3, "unseen": 2})
    monkeypatch.setenv("CAPTIONING_HOME", str(tmp_path / "cache"))


def tiny_attention(n_channels: int) -> Captioner:
    words = [*SPECIAL_WORDS, *vocabulary()]
    params = build_model("attention", words, n_channels, 4, 8).params
    params["b_vocab"][2] += 2  # untrained, it would never end
    scale = Standardization(np.zeros(n_channels, dtype=np.float32), 1.0)
    return Captioner("attention", words, Encoder(GRID_LAYER), scale, params)


def run_demo(out: Path, *options: str) -> Result:
    return CliRunner().invoke(demo.command, ["--out", str(out), "--quick", *options], catch_exceptions=False)


def files_of(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
    }


def test_the_demo_leaves_a_page_and_does_nothing_twice(small_world: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    first = run_demo(out)
    table = first.stdout.splitlines()
    assert table[0].split() == ["rnn", "lstm", "gru", "attention"]
    names = "loss, perplexity, BLEU-4, CIDEr, wholly true, wholly true, parameters, training, speed"
    assert ", ".join(line.split("  ")[0] for line in table[2:11]) == names
    assert all(f"{stage} " in first.stdout for stage in STAGES)
    assert f"Open {(out / 'index.html').resolve().as_uri()}" in first.stdout

    page = Page((out / "index.html").read_text(encoding="utf-8"))
    files = [file for file in page.files() if file != "data:,"]
    assert len(set(files)) == 3 + 2 + 2 * 5
    assert all((out / file).is_file() for file in files)

    before = files_of(tmp_path)
    second = json.loads(run_demo(out, "--json").stdout)
    assert files_of(tmp_path) == before
    assert second["page"] == str(out / "index.html")
    assert list(second["captioners"]) == ["rnn", "lstm", "gru", "attention"]
    assert second["captioners"]["attention"]["train_seconds"] is None
    assert set(second["captioners"]["gru"]["scores"]) == {"test", "unseen"}
    assert list(second["seconds"]) == list(STAGES)

    # Another seed is another run; the scenes stay.
    run_demo(out, "--seed", "1")
    after = files_of(tmp_path)
    changed = {name.split("/")[0] for name in after if after[name] != before.get(name)}
    assert changed == {"demo"}
    assert after["demo/runs-quick/lstm/checkpoint.h5"] != before["demo/runs-quick/lstm/checkpoint.h5"]


def test_the_demo_is_refused_where_another_page_is(small_world: None, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>Mine</title>")
    result = CliRunner().invoke(demo.command, ["--out", str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "runs").exists()


def test_grids_are_made_for_those_that_ask(small_world: None) -> None:
    folder = scenes_cache.scenes_folder(limit=2, progress=False)
    with pytest.raises(InputError, match="looks at a grid of features, and these data have none"):
        CaptionData(folder, pca_features=False, layer=GRID_LAYER)
    before = files_of(folder)
    assert scenes_cache.scenes_folder(limit=2, grids=("val",), progress=False) == folder
    new = set(files_of(folder)) - set(before)
    assert new == {"val2014_vgg16_pool4.h5", "val_grid_made_of.txt"}
    data = CaptionData(folder, pca_features=False, layer=GRID_LAYER, only=("val",))
    assert data.features("val", np.arange(2)).shape == (2, 32, 4, 4)
    assert data.encoder == Encoder(GRID_LAYER, weights="vgg16.h5", image_size=64)


def test_scenes_are_made_again_when_they_are_made_of_something_else(
    small_world: None, tmp_path: Path
) -> None:
    folder = scenes_cache.scenes_folder(limit=2, grids=("val",), progress=False)
    before = files_of(folder)
    assert scenes_cache.scenes_folder(limit=2, grids=("val",), progress=False) == folder
    assert files_of(folder) == before
    vgg16_save(
        scenes_cache.SCENES_VGG16,
        vgg16_init(np.random.default_rng(1), width=1 / 16, image_size=64, fc_dim=16),
    )
    scenes_cache.scenes_folder(limit=2, grids=("val",), progress=False)
    assert all(after != before[name] for name, after in files_of(folder).items())
