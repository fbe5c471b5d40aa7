"""``cs231n.classifiers``: the captioner; other models come from the assignment's own folder."""

from pkgutil import extend_path

from captioning.cs231n.classifiers.rnn import CaptioningRNN

__all__ = ["CaptioningRNN"]
__path__ = extend_path(__path__, "cs231n.classifiers")
