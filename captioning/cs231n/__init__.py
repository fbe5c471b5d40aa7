"""CS231n's names and calling habits on the layers of this course.

``import captioning.cs231n``, once, above the imports of one of its notebooks: from then on imports such as
``from cs231n.layers import *`` find the modules here, and each layer is that of ``captioning.layers``.
What is not here, such as ``cs231n.data_utils`` and ``cs231n.solver``, comes from the folder ``cs231n`` of the
assignment, where there is one beside the notebook.

It is meant for the notebooks in NumPy, 2018 to 2024, that train networks of layers: FullyConnectedNets,
Dropout, ConvolutionalNetworks, RNN_Captioning, LSTM_Captioning. The course has no normalisation layers;
those of ``cs231n.layers`` say so when they are called.
"""

import sys
from pkgutil import extend_path

from captioning.errors import InputError

NAME = "cs231n"

_loaded = sys.modules.get(NAME)
if _loaded is not None and getattr(_loaded, "NAME", None) != NAME:
    raise InputError(
        f"cs231n has been imported already, from {_loaded.__file__}. Restart the kernel, and put "
        "`import captioning.cs231n` above all imports of cs231n."
    )
__path__ = extend_path(__path__, NAME)
sys.modules[NAME] = sys.modules[__name__]
