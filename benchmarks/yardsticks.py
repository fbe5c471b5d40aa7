"""The same computations in PyTorch."""

import torch
from torch import nn

RECURRENT = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def recurrent_step(cell, x, h0, dh):
    """Return a function that runs a recurrent layer of PyTorch's forward and backward.

    Args:
        cell: "rnn", "lstm" or "gru".
        x, h0, dh: ``(N, T, D)``, ``(N, H)``, ``(N, T, H)``, as for the layers of ``solutions``.
    """
    layer = RECURRENT[cell](x.shape[2], h0.shape[1], batch_first=True)
    x, h0, dh = (
        torch.tensor(x, requires_grad=True),
        torch.tensor(h0[None], requires_grad=True),
        torch.tensor(dh),
    )
    state = (h0, torch.zeros_like(h0)) if cell == "lstm" else h0
    wanted = [x, h0, *layer.parameters()]

    def run():
        h, _ = layer(x, state)
        return torch.autograd.grad(h, wanted, dh)

    return run


class Captioner(nn.Module):
    """A captioner with the layers and sizes of ``solutions.captioner.CaptioningRNN``."""

    def __init__(self, vocabulary, input_dim, wordvec_dim, hidden_dim, cell="lstm"):
        super().__init__()
        self.project = nn.Linear(input_dim, hidden_dim)
        self.embed = nn.Embedding(vocabulary, wordvec_dim)
        self.recurrent = RECURRENT[cell](wordvec_dim, hidden_dim, batch_first=True)
        self.vocab = nn.Linear(hidden_dim, vocabulary)

    def forward(self, features, captions, null=0):
        """Return the loss: summed over time, averaged over the minibatch, ``null`` left out."""
        h0 = self.project(features)[None]
        state = (h0, torch.zeros_like(h0)) if isinstance(self.recurrent, nn.LSTM) else h0
        h, _ = self.recurrent(self.embed(captions[:, :-1]), state)
        logits = self.vocab(h).flatten(0, 1)
        words = captions[:, 1:].flatten()
        loss = nn.functional.cross_entropy(logits, words, ignore_index=null, reduction="sum")
        return loss / len(captions)


def training_step(model, features, captions):
    """Return a function that takes one training step with PyTorch's Adam."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    features, captions = torch.tensor(features), torch.tensor(captions, dtype=torch.int64)

    def run():
        optimizer.zero_grad()
        model(features, captions).backward()
        optimizer.step()

    return run


def vgg16_features(params):
    """Return a function from images ``(N, 3, H, W)`` to ``fc7``, given the parameters of our VGG16.

    Args:
        params: as ``solutions.vgg16`` has them, without ``fc8``; they are shared, not copied.
    """
    tensors = {name: torch.from_numpy(array) for name, array in params.items()}
    names = [name.removesuffix("_w") for name in params if name.endswith("_w")]
    relu = nn.functional.relu_

    @torch.inference_mode()
    def run(x):
        out = torch.from_numpy(x)
        for name, next_name in zip(names, [*names[1:], ""], strict=True):
            w, b = tensors[f"{name}_w"], tensors[f"{name}_b"]
            if name.startswith("conv"):
                out = relu(nn.functional.conv2d(out, w, b, padding=1))
                if next_name[:5] != name[:5]:
                    out = nn.functional.max_pool2d(out, 2)
            else:
                out = relu(nn.functional.linear(out.flatten(1), w.T, b))
        return out.numpy()

    return run
