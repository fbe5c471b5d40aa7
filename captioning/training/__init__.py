"""A captioner: how it is trained, kept, measured and shipped."""
