"""The registry of exercises: one small module per chapter, each with a list ``EXERCISES``."""
