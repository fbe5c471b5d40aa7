"""Proof that the checks can fail, and the making of what the student's side is shipped with."""
