"""How fast the layers are, as ratios to PyTorch and to the code that courses hand out: ``make bench``."""
