"""The student's side: ``check``, and what it knows without the reference."""
