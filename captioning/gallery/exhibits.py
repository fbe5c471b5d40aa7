"""Draw what the page shows: pictures with captions, and figures."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from captioning import layers
from captioning.figures.beam_tree import draw_beam_tree
from captioning.figures.explain import draw_explanation
from captioning.figures.gates import draw_gates
from captioning.figures.learning_curves import learning_curves
from captioning.figures.style import DARK, LIGHT, Theme
from captioning.figures.words import number, percent, spoken
from captioning.files import atomic_write
from captioning.gallery.gallery import Figure, Picture, Said
from captioning.gallery.measuring import Shown
from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene
from captioning.scenes.truth import truth
from captioning.training.checkpoint import History

PICTURE_SIZE = 512
BEAM_WIDTH = 4


def hang_pictures(
    shown: Mapping[str, Shown],
    split: str,
    rows: Sequence[int],
    scenes: Sequence[Scene],
    folder: Path,
) -> tuple[Picture, ...]:
    """Draw scenes into `folder/pictures`, and let each captioner say what it sees.

    Args:
        shown: the captioners by name of their cell.
        split: where the scenes are.
        rows: which of them.
        scenes: all scenes of the split.
        folder: that of the page.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    captions = {}
    for cell, one in shown.items():
        words = layers.greedy_decode(one.captioner.model, _features(one, split, rows)).words
        captions[cell] = layers.decode_captions(words, one.captioner.idx_to_word)
    pictures = []
    for place, row in enumerate(rows):
        file = f"pictures/{split}-{place + 1:02}.png"
        with atomic_write(folder / file) as temporary:
            Image.fromarray(draw(scenes[row], PICTURE_SIZE)).save(temporary, "PNG")
        said = tuple(judge(cell, captions[cell][place], scenes[row]) for cell in shown)
        pictures.append(Picture(file, PICTURE_SIZE, description(scenes[row]), said))
    return tuple(pictures)


def _features(shown: Shown, split: str, rows: Sequence[int]) -> np.ndarray:
    return shown.captioner.standardization.apply(shown.data.features(split, np.asarray(rows)))


def judge(cell: str, caption: str, scene: Scene) -> Said:
    """Return a caption with what is wrong with it, each thing said once.

    Of a house that is not there, nothing more is said: neither that it is not yellow nor that nothing
    stands left of it.
    """
    statements = truth(caption, scene).statements
    absent = [said.text for said in statements if (said.kind, said.verdict) == ("thing", "false")]
    false = dict.fromkeys(
        said.text
        for said in statements
        if said.verdict == "false" and not any(thing in said.text and thing != said.text for thing in absent)
    )
    unclear = dict.fromkeys(said.text for said in statements if said.verdict == "not understood")
    return Said(cell, caption, tuple(false), tuple(unclear))


def description(scene: Scene) -> str:
    """Describe the picture of a scene as it is, for those who do not see it."""
    things = f" {scene.relation} a ".join(str(thing) for thing in scene.things)
    return f"A drawing: a {things}; {scene.background}, {scene.time}, {scene.weather}."


def figure_of_learning(histories: Mapping[str, History], folder: Path) -> Figure:
    """Draw the learning curves of the captioners that were trained, by name of their cell."""
    ends = ", ".join(f"{cell} {history.val_loss[-1]:.2f}" for cell, history in histories.items())
    return draw_figure(
        folder,
        "learning",
        lambda path, theme: learning_curves(histories, path, theme=theme),
        title="How they learned",
        text="The loss is how surprised a network is by the captions of a scene, summed over the words.",
        alt=f"Curves of the training and the validation loss of each network, epoch by epoch. The validation "
        f"losses end at: {ends}.",
    )


def figure_of_looks(shown: Shown, split: str, row: int, scene: Scene, folder: Path) -> Figure:
    """Draw where a captioner with attention looks while it describes one scene."""
    captioner = shown.captioner
    greedy = layers.greedy_decode(captioner.model, _features(shown, split, [row]), trace=True)
    words, trace = greedy.words[0], greedy.trace
    assert trace is not None  # it was asked for
    sentence = " ".join(spoken(words, captioner.idx_to_word))
    return draw_figure(
        folder,
        "looks",
        lambda path, theme: draw_explanation(
            words,
            trace,
            path,
            idx_to_word=captioner.idx_to_word,
            blocks=captioner.model.cell.blocks,
            picture=draw(scene, PICTURE_SIZE),
            top=3,
            theme=theme,
        ),
        title="Where attention looks",
        text="The captioner with attention has a grid of features, and looks at each word where it likes. "
        "What is dark counts little for the word; below stand the likeliest ones.",
        alt=f"The picture once for each word of “{sentence}”, dark but for where the captioner looks.",
    )


def figures_inside(shown: Shown, split: str, row: int, folder: Path) -> list[Figure]:
    """Draw one captioner at work on one scene: a beam search, its words one by one, its gates."""
    model, idx_to_word = shown.captioner.model, shown.captioner.idx_to_word
    blocks = model.cell.blocks
    features = _features(shown, split, [row])
    greedy = layers.greedy_decode(model, features, trace=True)
    words, trace = greedy.words[0], greedy.trace
    assert trace is not None  # it was asked for
    said = spoken(words, idx_to_word)
    sentence = " ".join(said)
    _, beams = layers.beam_search(model, features, beam_width=BEAM_WIDTH)
    finals = layers.decode_captions(beams.words[0], idx_to_word)
    ranked = "; ".join(
        f"“{text}” {number(score)}" for text, score in zip(finals, beams.scores[0], strict=True)
    )
    probabilities = np.exp(trace.log_probs[0, np.arange(len(said)), words[: len(said)]])
    likely = ", ".join(f"{word} {percent(p)}" for word, p in zip(said, probabilities, strict=True))
    return [
        draw_figure(
            folder,
            "beam",
            lambda path, theme: draw_beam_tree(beams, idx_to_word, path, theme=theme),
            title="A beam search",
            text=f"The search follows the {BEAM_WIDTH} most promising beginnings at once, and this is every "
            "beginning that it kept. Under each word stands the log-probability up to there; behind each "
            "caption that it ended with, its place and its log-probability per word. The winner is thick and "
            "bold; what was dropped on the way is pale.",
            alt=f"A tree that branches word by word. Its final captions, best first, with scores: {ranked}.",
        ),
        draw_figure(
            folder,
            "words",
            lambda path, theme: draw_explanation(
                words, trace, path, idx_to_word=idx_to_word, blocks=blocks, theme=theme
            ),
            title="Word by word",
            text="What else could have been said: the five likeliest words at each step, the one that was "
            "said in bold with a mark. Then how far the gates were open, on average.",
            alt=f"For each word of the caption the five likeliest words, with bars. Said were: {likely}.",
        ),
        draw_figure(
            folder,
            "gates",
            lambda path, theme: draw_gates(
                words, trace.inside["gates"][0], path, idx_to_word=idx_to_word, blocks=blocks, theme=theme
            ),
            title="The gates over the sentence",
            text="Every unit has its own gates: input (does the new content get in), forget (is the memory "
            "kept), output (is it shown) and the candidate (the new content itself). In each map the units "
            "are sorted by their mean: on top those that are open all along, at the bottom those that are "
            "shut, and between them those that listen to the words.",
            alt=f"Four heat maps, for the input gate, the forget gate, the output gate and the candidate: a "
            f"row for each of {trace.hidden_states.shape[2]} units, a column for each word of “{sentence}”.",
        ),
    ]


def draw_figure(
    folder: Path, name: str, drawing: Callable[[Path, Theme], None], *, title: str, text: str, alt: str
) -> Figure:
    """Draw a figure on light and on dark paper, into `folder/figures`."""
    files = {}
    for theme in (LIGHT, DARK):
        files[theme.name] = f"figures/{name}-{theme.name}.svg"
        drawing(folder / files[theme.name], theme)
    width, height = _size(folder / files["light"])
    return Figure(title, text, files["light"], files["dark"], width, height, alt)


def _size(svg: Path) -> tuple[int, int]:
    """Return the width and height of an SVG that Matplotlib wrote, in CSS pixels."""
    _, root = next(ElementTree.iterparse(svg, events=["start"]))
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    return round(width * 96 / 72), round(height * 96 / 72)
