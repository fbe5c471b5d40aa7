"""A student's answers: their source, and the library that keeps those that passed."""
