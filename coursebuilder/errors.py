"""The exception for a chapter that cannot be woven."""


class ChapterError(ValueError):
    """A chapter is not as the weaver needs it; the message says where, what was expected and what came."""
