"""The grader's side: fresh inputs, held against the reference."""
