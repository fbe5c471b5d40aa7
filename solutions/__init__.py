"""The reference: every layer of the captioner in NumPy, one module per topic.

What holds of every layer, and is not repeated in each docstring: arrays are of floats, and what comes out
has the type of what went in, float32 or float64 (words and classes are integers, masks bools, and said to
be); no argument is changed; the same call gives the same result; a wrong shape raises ``ValueError`` that
names both, another kind of number ``TypeError``.
"""
