"""The one seam around a student's code: what is asked of it, and what came of that."""
