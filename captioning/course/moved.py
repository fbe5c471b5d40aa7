"""What was called otherwise in earlier versions, and the imports of a piece of Python brought up to date.

Chapters that a student has changed, saved answers and the settings of nbgrader's course folders keep the
imports that they were made with. A change that moves or renames what these may import adds a line here.
"""

import ast
import re
from itertools import accumulate

from captioning.source.code import as_python, lines_of, parse

# Module -> where it is today.
MODULES = {
    "autograder.check": "autograder.student",
    "autograder.false_alarms": "autograder.proof.false_alarms",
    "autograder.grade": "autograder.grading.reference",
    "autograder.judge.probe": "autograder.asking.probe",
    "autograder.prove": "autograder.proof.prove",
    "autograder.ship": "autograder.proof.ship",
    "autograder.stubs": "autograder.nbgrader.stubs",
    "captioning.checkpoints": "captioning.training.checkpoint",
    "captioning.commands.check": "autograder.commands.check",
    "captioning.commands.progress": "autograder.commands.progress",
    "captioning.commands.release": "coursebuilder.commands.release",
    "captioning.datasets.coco_layout": "captioning.data.coco_layout",
    "captioning.datasets.downloads": "captioning.data.downloads",
    "captioning.datasets.flickr8k": "captioning.data.flickr8k",
    "captioning.datasets.scenes.backdrop": "captioning.scenes.backdrop",
    "captioning.datasets.scenes.batches": "captioning.scenes.batches",
    "captioning.datasets.scenes.dataset": "captioning.data.scenes",
    "captioning.datasets.scenes.drawing": "captioning.scenes.drawing",
    "captioning.datasets.scenes.lexicon": "captioning.scenes.lexicon",
    "captioning.datasets.scenes.palette": "captioning.scenes.palette",
    "captioning.datasets.scenes.scene": "captioning.scenes.scene",
    "captioning.datasets.scenes.sentences": "captioning.scenes.sentences",
    "captioning.datasets.scenes.shapes": "captioning.scenes.outlines",
    "captioning.datasets.scenes.sheet": "captioning.scenes.sheet",
    "captioning.datasets.scenes.things": "captioning.scenes.things",
    "captioning.datasets.scenes.truth": "captioning.scenes.truth",
    "captioning.datasets.scenes_cache": "captioning.data.scenes_cache",
    "captioning.datasets.transfer": "captioning.data.transfer",
    "captioning.encoder": "captioning.photos.encoder",
    "captioning.extraction": "captioning.photos.folder",
    "captioning.features": "captioning.photos.features",
    "captioning.images": "captioning.photos.images",
    "captioning.library": "captioning.answers.library",
    "captioning.metrics": "captioning.training.metrics",
    "captioning.my_course": "captioning.course.folder",
    "captioning.plots": "captioning.figures.learning_curves",
    "captioning.pretrained": "captioning.training.captioner",
    "captioning.side_by_side": "captioning.training.side_by_side",
    "captioning.sources": "captioning.answers.sources",
    "captioning.standardization": "captioning.photos.standardization",
    "captioning.trainer": "captioning.training.loop",
    "captioning.widgets.scene_words": "captioning.scenes.words",
    "weave.course_folder": "autograder.nbgrader.course_folder",
}
# A name of a module -> its name today, where it has not moved with its module.
NAMES = {
    "autograder.check": "autograder.check",  # the function; its package had that name too
    "autograder.check.Checked": "autograder.Checked",
    "autograder.check.check": "autograder.check",
    "autograder.check.notebooks.AnswerFile": "autograder.student.files.AnswerFile",
    "autograder.check.notebooks.Definitions": "autograder.student.loading.Definitions",
    "autograder.check.notebooks.chapter_of": "autograder.student.files.chapter_of",
    "autograder.check.notebooks.find_files": "autograder.student.files.find_files",
    "captioning.pretrained.scene_vgg16": "captioning.photos.features.scene_vgg16",
    "captioning.sources.load_module": "captioning.answers.loading.load_module",
    "captioning.sources.public_names": "captioning.answers.loading.public_names",
}
# A name of a module -> how to come by it today, where it cannot be imported.
GONE = {
    "captioning.pretrained.PACKAGE": ["from captioning.files import shipped", '{name} = shipped("scenes")'],
    "captioning.pretrained.WEIGHTS": ['{name} = "vgg16.h5"'],
} | {
    f"captioning.{room}.viewers.{viewer}": [
        f"from captioning.widgets import {widget}",
        f"{{name}} = lambda captioner, scene: {made}",
    ]
    for room in ("figures", "widgets")
    for viewer, widget, made in (
        ("sampling_viewer", "CaptionSampler", 'CaptionSampler(decoding="temperature")'),
        ("gates_viewer", "GateViewer", "GateViewer(model=captioner.cell)"),
    )
}


def today(name: str) -> str:
    """Return the dotted name that a module, or a name of one, has today."""
    if name in NAMES:
        return NAMES[name]
    beginning, _, rest = name, "", ""
    while beginning not in MODULES and beginning:
        beginning, _, last = beginning.rpartition(".")
        rest = f".{last}{rest}"
    return MODULES.get(beginning, "") + rest if beginning else name


def up_to_date(source: str) -> str:
    """Return the code of a cell or a module with imports as they are today; all else stays as it is.

    So does a plain ``import`` of a module that has moved: the lines that use it would have to change too. See
    ``outdated``.

    Raises:
        InputError: it is not Python.
    """
    python, lines = list(lines_of(as_python(source))), list(lines_of(source))
    tree = parse("".join(python), "the code")
    starts = list(accumulate((len(line.encode()) for line in lines), initial=0))
    content = "".join(lines).encode()
    imports = [
        node
        for node in ast.walk(tree)
        # What IPython reads otherwise than it stands has its columns elsewhere.
        if isinstance(node, ast.Import | ast.ImportFrom)
        and lines[node.lineno - 1 : node.end_lineno] == python[node.lineno - 1 : node.end_lineno]
    ]
    for node in sorted(imports, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line, last = starts[node.lineno - 1], starts[(node.end_lineno or node.lineno) - 1]
        begin, end = line + node.col_offset, last + (node.end_col_offset or 0)
        before, after = content[line:begin].decode(), content[end:].decode()
        made = _renewed(node, content[begin:end].decode())
        is_alone = not before.strip() and not re.match(r"[ \t]*[^ \t\n#]", after)
        content = content[:begin] + (f"\n{before}" if is_alone else "; ").join(made).encode() + content[end:]
    return content.decode().removesuffix("\n")


def _renewed(node: ast.Import | ast.ImportFrom, text: str) -> list[str]:
    """Return the lines that import today what a statement does."""
    if isinstance(node, ast.Import):
        names = [
            ast.alias(today(alias.name) if alias.asname else alias.name, alias.asname) for alias in node.names
        ]
        is_same = [alias.name for alias in names] == [alias.name for alias in node.names]
        return [text if is_same else ast.unparse(ast.Import(names))]
    modules: dict[str, list[ast.alias]] = {}
    gone: list[str] = []
    for alias in node.names:
        old, called = f"{'.' * node.level}{node.module or ''}.{alias.name}", alias.asname or alias.name
        gone += [line.format(name=called) for line in GONE.get(old, [])]
        if old not in GONE:
            module, _, name = today(old).rpartition(".")
            modules.setdefault(module, []).append(ast.alias(name, called if called != name else None))
    if not gone and len(modules) == 1:
        ((module, names),) = modules.items()
        if [alias.name for alias in names] == [alias.name for alias in node.names]:
            # Only the module is another: brackets and comments stay.
            return [re.sub(r"^from\s+[\w.]+", f"from {module}", text) if module != node.module else text]
    return [ast.unparse(ast.ImportFrom(module, names, 0)) for module, names in modules.items()] + gone


def outdated(source: str) -> list[str]:
    """Return the modules by their old names that a piece of code still names."""
    return [old for old in MODULES if re.search(rf"\b{re.escape(old)}\b", source)]
