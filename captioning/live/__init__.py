"""The captioner alive in a web page: its engine in JavaScript, what it needs to know, and views that ask it.

Each module of ``engine/`` mirrors a Python one, which its first line names; the tests compare the two.
"""
