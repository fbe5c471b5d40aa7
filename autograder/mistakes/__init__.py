"""The mistakes that people make, one module per chapter, each with a list ``MISTAKES``.

They hold pieces of the reference, so they are in no wheel that students install.
"""
