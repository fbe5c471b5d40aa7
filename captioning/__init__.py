"""Captioning from Scratch: what a notebook imports."""
