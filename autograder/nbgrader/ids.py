"""The ids by which nbgrader knows the cells of our exercises."""


def cell_id(exercise: str) -> str:
    """Return what nbgrader may call an exercise: ``CaptioningRNN-loss``."""
    return exercise.replace(".", "-")


def check_id(exercise: str) -> str:
    """Return the id of the cell that checks an exercise, with which its points are kept."""
    return f"check_{cell_id(exercise)}"
