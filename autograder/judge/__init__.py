"""The judge: pure functions on arrays that say whether an answer is right, and what is wrong with it."""
