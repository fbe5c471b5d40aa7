"""The captioner alive in a web page: its engine in JavaScript, and what it needs to know, as files.

Each module of ``engine/`` mirrors a Python one, which its first line names; the tests compare the two.
"""
