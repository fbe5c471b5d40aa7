"""Slips of the hand in a student's own code, each undone by one change of its syntax tree."""
