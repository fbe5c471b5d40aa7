"""A student's folder of chapters."""
