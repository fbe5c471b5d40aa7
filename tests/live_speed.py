"""``python -m tests.live_speed``: how fast the captioner in a page is, and whether each target is met."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import click
from tabulate import tabulate

from captioning.live.export import export
from captioning.live.views import HERE, VIEWS, view_html
from captioning.scenes.scene import make_splits, scene_to_record
from tests.browser import open_browser
from tests.live import write_page

SECONDS_TO_THE_FIRST, ANSWERS_A_SECOND, MILLISECONDS_FOR_A_BEAM, HEAVIEST = 1.5, 15, 150, 20_000
WIDTH, SEARCHES = 10, 20
# From the click on the button to the picture of the first caption.
FIRST = """() => new Promise((resolve) => {
  let clicked = 0;
  document.querySelector('.live-view button').addEventListener('click', () => (clicked = performance.now()));
  const watch = new MutationObserver(() => {
    if (!document.querySelector('.captioning-widget table .caption')) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - clicked)));
  });
  watch.observe(document.body, { childList: true, subtree: true });
  document.querySelector('.live-view button').click();
})"""
# A move with each frame of the browser: too many for messages from here. Each answer makes the table of
# captions anew.
DRAG = """([x, y, milliseconds]) => new Promise((resolve) => {
  const answers = [];
  new MutationObserver((records) => {
    for (const { addedNodes } of records)
      if ([...addedNodes].some((node) => node.nodeName === 'TABLE')) answers.push(performance.now());
  }).observe(document.querySelector('.captioning-widget'), { childList: true, subtree: true });
  const [thing, begin] = [document.querySelector('.thing'), performance.now()];
  let step = 0;
  const move = () => {
    step += 1;
    const [clientX, clientY] = [x + Math.abs((step % 200) - 100), y - Math.abs((step % 60) - 30)];
    thing.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true }));
    if (performance.now() - begin < milliseconds || answers.length < 2) requestAnimationFrame(move);
    else resolve((1000 * (answers.length - 1)) / (answers.at(-1) - answers[0]));
  };
  move();
})"""
# Each of a scene that the engine has not seen: it is drawn, looked at and described.
SEARCH = """async ([model, scene, beamWidth]) => {
  await captioningAsk({ do: 'vocabulary', model }, 'world', 'vgg16', model);
  const begin = performance.now();
  await captioningAsk({ do: 'caption', model, scene, decoding: 'beam', options: { beamWidth } });
  return performance.now() - begin;
}"""


def seconds_to_the_first(page: Any) -> float:
    """Return how long it takes from the click to the first caption, on a page that was just opened."""
    milliseconds: float = page.evaluate(FIRST)
    return milliseconds / 1000


def answers_a_second(page: Any, seconds: float) -> float:
    """Return how many captions are shown while a thing is dragged back and forth."""
    box = page.locator(".thing").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    rate: float = page.evaluate(DRAG, [x, y, 1000 * seconds])
    page.mouse.up()
    return rate


def milliseconds_for_a_beam(page: Any, model: str) -> float:
    """Return the median of some searches."""
    scenes = make_splits((("test", SEARCHES),), seed=1)["test"]
    return median(page.evaluate(SEARCH, [model, scene_to_record(scene), WIDTH]) for scene in scenes)


def measured(
    browser: Any, live_folder: Path, folder: Path, runs: int, seconds: float
) -> Iterator[tuple[str, float, str, bool]]:
    """Yield what was measured: its name, its value, the target, and whether it is met.

    Args:
        browser: Chromium.
        live_folder: what ``captioning live`` wrote.
        folder: where the page is written.
        runs: how often it is opened.
        seconds: how long a thing is dragged.
    """
    page_file = write_page(live_folder, folder, "scene")
    growth = max(len(view_html(name, {}).encode()) for name in VIEWS) + (HERE / "start.js").stat().st_size
    yield "a page grows by, bytes", growth, f"at most {HEAVIEST}", growth <= HEAVIEST
    firsts = []
    for _ in range(runs):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        firsts.append(seconds_to_the_first(page))
    first, most = median(firsts), SECONDS_TO_THE_FIRST
    yield "seconds from the click to the first caption", first, f"at most {most}", first <= most
    rate, least = answers_a_second(page, seconds), ANSWERS_A_SECOND
    yield "captions a second while a thing is dragged", rate, f"at least {least}", rate >= least
    for model in ("lstm", "attention"):
        beam, most = milliseconds_for_a_beam(page, model), MILLISECONDS_FOR_A_BEAM
        yield f"milliseconds for a beam of {WIDTH}, {model}", beam, f"at most {most}", beam <= most


@click.command()
@click.option("--runs", default=7, show_default=True, help="How often the page is opened; the median counts.")
@click.option("--seconds", default=5.0, show_default=True, help="How long a thing is dragged.")
def main(runs: int, seconds: float) -> None:
    """Measure the captioner in a page."""
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        folder = Path(name)
        export(folder / "files")
        rows = [
            [name, f"{value:.3g}" if value < 1000 else f"{value:.0f}", target, "yes" if met else "no"]
            for name, value, target, met in measured(browser, folder / "files", folder, runs, seconds)
        ]
    click.echo(tabulate(rows, headers=["", "", "target", "met"]))
    click.echo(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
