"""``python -m autograder.proof``."""

from autograder.proof.prove import main

main()
