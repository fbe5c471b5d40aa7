"""What a run is asked for; `captioning train` has an option for each setting."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from captioning.data.coco_layout import GRID_LAYER
from captioning.training.captioner import CELLS

OPTIMIZERS = ("sgd_momentum", "rmsprop", "adam")


def setting(default: Any, help: str, **option: Any) -> Any:
    """Return a field of ``TrainingConfig``.

    Args:
        default: its value unless another is asked for.
        help: what it says of itself on the command line.
        **option: of what it may be there: its ``metavar``; ``choices``; the least and the largest number,
            ``least`` or ``above`` and ``below``; ``flags`` where the name does not give them; and what is
            told instead of the default, ``show_default``.
    """
    return field(default=default, metadata={"help": help, **option})


@dataclass(frozen=True)
class TrainingConfig:
    """What a run is asked for. The same configuration and data give the same parameters, bit for bit.

    Sources: weight decay apart from the gradient: I. Loshchilov and F. Hutter, “Decoupled Weight Decay
    Regularization”, 2019.
    """

    cell: str = setting("lstm", "The recurrent cell.", choices=CELLS)
    hidden_dim: int = setting(256, "Size of the hidden state.", metavar="N", least=1)
    wordvec_dim: int = setting(128, "Size of a word's vector.", metavar="N", least=1)
    word_vectors: str | None = setting(
        None, "Start from the word vectors of this text file, GloVe's or word2vec's.", metavar="FILE"
    )
    optimizer: str = setting("adam", "The update rule.", choices=OPTIMIZERS)
    learning_rate: float = setting(
        5e-3, "Of the first step; it falls to 0 along half a cosine.", metavar="R", above=0
    )
    batch_size: int = setting(32, "Captions in a minibatch.", metavar="N", least=1)
    epochs: int = setting(8, "How often the captions are read.", metavar="N", least=1)
    epoch_captions: int | None = setting(
        None, "Read only N captions in an epoch, others each time. [default: all]", metavar="N", least=1
    )
    val_captions: int | None = setting(
        None,
        "Validate on N captions, the same after each epoch, and on all at the end. [default: all]",
        metavar="N",
        least=1,
    )
    weight_decay: float = setting(
        0.5, "Weights shrink by this times the learning rate at each step.", metavar="W", least=0
    )
    feature_dropout: float = setting(
        0.5, "Share of an image's features that is dropped at each step.", metavar="P", least=0, below=1
    )
    clip_norm: float = setting(5.0, "Scale the gradient down to this global norm.", metavar="G", above=0)
    pca_features: bool = setting(
        True,
        "Learn from the features after or before PCA.",
        flags="--pca/--no-pca",
        show_default="where the folder has both, --pca",
    )
    max_captions: int | None = setting(
        None, "Memorise N captions: train on these only, and validate on the same ones.", metavar="N", least=1
    )
    shuffle_features: bool = setting(
        False, "Give each image another one's features: what is learned then is language alone."
    )
    shards: int = setting(
        1,
        "Parts of a minibatch that are computed at once, each on a thread. It pays where a part has some 64 "
        "captions and the hidden state some 512 numbers.",
        metavar="N",
        least=1,
    )
    seed: int = setting(0, "All randomness comes from it.", metavar="N", least=0)

    @property
    def layer(self) -> str:
        """The layer of VGG16 whose output is learned from."""
        return GRID_LAYER if self.cell == "attention" else "fc7"

    def captions_per_epoch(self, n_captions: int) -> int:
        """Return how many of so many captions an epoch reads."""
        return min(n_captions, self.epoch_captions or n_captions)

    def minibatches_per_epoch(self, n_captions: int) -> int:
        """Return how many minibatches an epoch of so many captions has; the last may be smaller."""
        return math.ceil(self.captions_per_epoch(n_captions) / self.batch_size)

    def captions_to_read(self, n_captions: int) -> int:
        """Return how many captions a run of so many captions reads, in all epochs."""
        return self.epochs * self.captions_per_epoch(n_captions)

    def captions_read(self, iteration: int, n_captions: int) -> int:
        """Return how many of so many captions have been read, in all epochs, after so many minibatches."""
        epoch, minibatches = divmod(iteration, self.minibatches_per_epoch(n_captions))
        per_epoch = self.captions_per_epoch(n_captions)
        return epoch * per_epoch + min(minibatches * self.batch_size, per_epoch)

    def arguments(self) -> list[str]:
        """Return the options of `captioning train` that ask for this configuration."""
        arguments = []
        for name, value in asdict(self).items():
            flag = f"--{name.replace('_', '-')}"
            if name == "pca_features":
                arguments.append("--pca" if value else "--no-pca")
            elif value is True:
                arguments.append(flag)
            elif value is not None and value is not False:
                arguments += [flag, str(value)]
        return arguments
