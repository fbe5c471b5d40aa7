"""Pictures with captions: scenes that we draw, and real data behind the same reader."""
