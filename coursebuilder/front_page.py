"""What stands on the first page: random scenes, captioned by the course's layers, and judged."""

from collections.abc import Sequence

import jinja2
import numpy as np

from captioning.gallery.exhibits import description, judge
from captioning.scenes.drawing import IMAGE_SIZE, draw
from captioning.scenes.scene import Scene, sample_scene
from captioning.training.captioner import load_captioner
from captioning.widgets.pictures import as_data_url

PIXELS = 256
# Four scenes like those of the training, and four with combinations that it never had; one caption is wrong.
SEED, KNOWN, UNSEEN = 3, 4, 4
TEMPLATE = """\
<ul class="scenes">
{% for picture, said, alt in scenes %}
<li><figure><img src="{{ picture }}" alt="{{ alt }}" width="256" height="256">
<figcaption>{{ said.caption }} <small>
{%- if said.true %}✓ all of it is true
{%- else %}✗ not true: {{ (said.false + said.unclear) | join(", ") }}{% endif -%}
</small></figcaption></figure></li>
{% endfor %}
</ul>
"""


def captioned_scenes() -> str:
    """Return a grid of scenes as HTML, each with the LSTM's caption and what is wrong with it, in words."""
    rng = np.random.default_rng(SEED)
    scenes = [sample_scene(rng, unseen=number >= KNOWN) for number in range(KNOWN + UNSEEN)]
    captioner = load_captioner("lstm")
    captions = captioner.caption(np.stack([draw(scene, IMAGE_SIZE) for scene in scenes]))
    return grid(scenes, captions)


def grid(scenes: Sequence[Scene], captions: Sequence[str]) -> str:
    """Return scenes with captions, judged, as HTML."""
    shown = [
        (as_data_url(draw(scene, PIXELS)), judge("lstm", caption, scene), description(scene))
        for scene, caption in zip(scenes, captions, strict=True)
    ]
    return jinja2.Template(TEMPLATE, autoescape=True).render(scenes=shown)
