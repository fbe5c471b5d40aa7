"""Checks that say where an answer is wrong, and why."""
