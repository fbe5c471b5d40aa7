"""The reference: every layer of the captioner in NumPy, one module per topic."""
