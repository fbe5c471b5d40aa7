"""Notebooks, scripts and Python source as text: read and taken apart, and never run."""
