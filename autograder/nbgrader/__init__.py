"""What the course adds to nbgrader: stubs and course folders."""
