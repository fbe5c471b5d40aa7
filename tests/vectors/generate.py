"""Write the vectors of PyTorch that ``tests/test_against_pytorch.py`` reads: ``make vectors``.

Every file holds inputs and outputs, in float64 and in the layout of ``solutions``: the differences of
convention (transposed weights, the order of the gates, two biases of which one is zero) are dealt with
here.
"""

import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from benchmarks.yardsticks import RECURRENT, Captioner

FOLDER = Path(__file__).parent
# PyTorch's LSTM has the gates i, f, g, o; ours has i, f, o, g. RNN and GRU (r, z, n) agree.
GATES = {"rnn": [0], "lstm": [0, 1, 3, 2], "gru": [0, 1, 2]}


def save(name, **arrays):
    """Write one file of arrays."""
    np.savez_compressed(FOLDER / f"{name}.npz", **{key: np.asarray(value) for key, value in arrays.items()})


def numpy_of(tensor):
    return tensor.detach().numpy().copy()


def randn(*shape):
    return torch.randn(*shape, requires_grad=True)


def gradients(outputs, inputs, names):
    """Return random upstream gradients, and the gradients of the inputs under their names."""
    upstream = [torch.randn_like(out) for out in outputs]
    grads = torch.autograd.grad(outputs, inputs, upstream)
    return [numpy_of(u) for u in upstream], {
        f"d{name}": numpy_of(grad) for name, grad in zip(names, grads, strict=True)
    }


def in_our_columns(cell, weights):
    """Turn PyTorch's ``(G * H, ...)`` into our ``(..., G * H)``, gates in our order."""
    blocks = np.split(weights, len(GATES[cell]))
    return np.concatenate([blocks[k] for k in GATES[cell]]).T


def recurrent_parameters(cell, layer, gradient=False):
    """Return a layer's Wx, Wh and b, or their gradients, in our layout; ``bias_hh`` must be zero."""
    tensors = {"Wx": layer.weight_ih_l0, "Wh": layer.weight_hh_l0, "b": layer.bias_ih_l0}
    return {
        name: in_our_columns(cell, numpy_of(tensor.grad if gradient else tensor))
        for name, tensor in tensors.items()
    }


def recurrent(cell, N=3, T=4, D=5, H=2):
    """RNN, LSTM, GRU over a sequence."""
    layer = RECURRENT[cell](D, H, batch_first=True)
    nn.init.zeros_(layer.bias_hh_l0)
    x, h0 = randn(N, T, D), randn(N, H)
    state = (h0[None], torch.zeros(1, N, H)) if cell == "lstm" else h0[None]
    h, _ = layer(x, state)
    dh = torch.randn_like(h)
    h.backward(dh)
    save(
        cell,
        x=numpy_of(x),
        h0=numpy_of(h0),
        h=numpy_of(h),
        dh=dh,
        dx=x.grad,
        dh0=h0.grad,
        **recurrent_parameters(cell, layer),
        **{f"d{k}": v for k, v in recurrent_parameters(cell, layer, gradient=True).items()},
    )


def convolution(name, stride, pad, filter_size):
    """A convolution of images that are not square."""
    x, w, b = randn(3, 2, 6, 7), randn(4, 2, *filter_size), randn(4)
    out = F.conv2d(x, w, b, stride=stride, padding=pad)
    (dout,), grads = gradients([out], [x, w, b], "xwb")
    save(name, x=numpy_of(x), w=numpy_of(w), b=numpy_of(b), stride=stride, pad=pad,
         out=numpy_of(out), dout=dout, **grads)  # fmt: skip


def pooling(name, window, stride, ties=False):
    """Max pooling; with ties, of small integers, it matters which of two equal pixels wins."""
    x = torch.randint(3, (2, 3, 6, 7)).double() if ties else torch.randn(2, 3, 6, 7)
    x.requires_grad_()
    out = F.max_pool2d(x, window, stride)
    (dout,), grads = gradients([out], [x], "x")
    save(name, x=numpy_of(x), window=window, stride=stride, out=numpy_of(out), dout=dout, **grads)


def embedding():
    """Word vectors, some words twice."""
    x, W = torch.randint(6, (3, 4)), randn(9, 5)
    out = F.embedding(x, W)
    (dout,), grads = gradients([out], [W], "W")
    save("embedding", x=x, W=numpy_of(W), out=numpy_of(out), dout=dout, **grads)


def cross_entropy():
    """The mean over rows, with logits so large that a softmax without its shift overflows."""
    x, y = (torch.randn(5, 7) * 1000).requires_grad_(), torch.randint(7, (5,))
    loss = F.cross_entropy(x, y)
    loss.backward()
    save("cross_entropy", x=numpy_of(x), y=y, loss=numpy_of(loss), dx=x.grad)


def attention():
    """One query per image, over a grid of cells that are keys and values."""
    h, A = randn(3, 5), randn(3, 5, 2, 4)
    cells = A.flatten(2).transpose(1, 2)
    attended = F.scaled_dot_product_attention(h[:, None], cells, cells)[:, 0]
    (dattended,), grads = gradients([attended], [h, A], "hA")
    save("attention", h=numpy_of(h), A=numpy_of(A), attended=numpy_of(attended), dattended=dattended, **grads)


def captioner(cell, N=3, T=6, D=5, E=4, H=3, V=11):
    """A training step of a whole captioner: the loss and every gradient."""
    model = Captioner(V, D, E, H, cell)
    nn.init.zeros_(model.recurrent.bias_hh_l0)
    features = torch.randn(N, D)
    captions = torch.randint(4, V, (N, T))
    captions[:, 0] = 1
    captions[0, 3:] = torch.tensor([2, 0, 0])
    captions[1, -1] = 2
    loss = model(features, captions)
    loss.backward()
    tensors = {
        "W_proj": model.project.weight, "b_proj": model.project.bias,
        "W_vocab": model.vocab.weight, "b_vocab": model.vocab.bias,
    }  # fmt: skip
    params = {name: numpy_of(tensor).T for name, tensor in tensors.items()}
    grads = {name: numpy_of(tensor.grad).T for name, tensor in tensors.items()}
    params |= {"W_embed": numpy_of(model.embed.weight)} | recurrent_parameters(cell, model.recurrent)
    grads |= {"W_embed": numpy_of(model.embed.weight.grad)}
    grads |= recurrent_parameters(cell, model.recurrent, gradient=True)
    save(
        f"captioner_{cell}",
        features=features,
        captions=captions,
        loss=numpy_of(loss),
        **params,
        **{f"d{name}": grad for name, grad in grads.items()},
    )


def frameworks(cell, N=4, T=7, D=5, E=4, H=6, V=11):
    """A captioner as PyTorch and as Keras save it, and what it says: logits, and greedy captions."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras  # noqa: PLC0415  (it warns where a backend is missing)

    features = torch.randn(N, D, dtype=torch.float32)
    captions = torch.randint(4, V, (N, T))
    theirs = Captioner(V, D, E, H, cell).float()
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.7)
    save_file(theirs.state_dict(), FOLDER / f"torch_{cell}.safetensors")

    keras.utils.set_random_seed(0)
    image, words = keras.Input((D,)), keras.Input((None,), dtype="int32")
    h0 = keras.layers.Dense(H)(image)
    states = [h0, keras.ops.zeros_like(h0)] if cell == "lstm" else [h0]
    layer = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    h = layer(H, return_sequences=True)(keras.layers.Embedding(V, E)(words), initial_state=states)
    model = keras.Model([image, words], keras.layers.Dense(V)(h))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.7, weight.shape) for weight in model.get_weights()])
    model.save_weights(FOLDER / f"keras_{cell}.weights.h5")

    def of_torch(words):
        h0 = theirs.project(features)[None]
        state = (h0, torch.zeros_like(h0)) if cell == "lstm" else h0
        return numpy_of(theirs.vocab(theirs.recurrent(theirs.embed(words), state)[0]))

    def of_keras(words):
        return numpy_of(model([features, words.int()]))

    said = {}
    for name, logits in (("torch", of_torch), ("keras", of_keras)):
        words = torch.ones(N, 1, dtype=torch.int64)
        for _ in range(T):
            words = torch.cat([words, torch.tensor(logits(words)[:, -1:].argmax(axis=2))], axis=1)
        said |= {f"{name}_logits": logits(captions), f"{name}_words": words[:, 1:]}
    save(f"frameworks_{cell}", features=features, captions=captions, **said)


def optimizer(name, make, steps=6):
    """A parameter under an optimizer, for several steps with given gradients."""
    w = randn(3, 4)
    optimizer = make([w])
    grads = torch.randn(steps, 3, 4)
    trajectory = [numpy_of(w)]
    for grad in grads:
        w.grad = grad.clone()
        optimizer.step()
        trajectory.append(numpy_of(w))
    save(name, dw=grads, w=np.stack(trajectory))


def clipping():
    """Gradients above and below the norm to which they are clipped."""
    grads = {"a": torch.randn(3, 4), "b": torch.randn(5)}
    arrays = dict(grads)
    for max_norm in (0.5, 50.0):
        tensors = {name: torch.zeros_like(grad) for name, grad in grads.items()}
        for name, tensor in tensors.items():
            tensor.grad = grads[name].clone()
        arrays[f"norm_{max_norm}"] = nn.utils.clip_grad_norm_(tensors.values(), max_norm)
        arrays |= {f"{name}_{max_norm}": tensor.grad for name, tensor in tensors.items()}
    save("clipping", **arrays)


def vgg16(image_size=64, channels=(2, 3, 6, 12, 12), fc_dim=10, n_classes=7):
    """VGG16 layer by layer, forward and backward, with few channels.

    To keep the file small, weights are numbers that float16 holds exactly, and of every layer's output
    the pixels of every k-th row and column are stored, so that at most 8 x 8 remain.
    """
    image = torch.randint(256, (1, image_size, image_size, 3), dtype=torch.uint8)
    mean = torch.tensor([103.939, 116.779, 123.68])  # of ImageNet; blue, green, red
    # PyTorch's own float32 here would differ from ours in the last digit: preprocessing is in float32.
    out = (image.flip(3).float() - mean.float()).permute(0, 3, 1, 2).double()
    params, outputs = {}, {}

    def parameter(name, *shape):
        scale = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.1
        params[name] = (scale * torch.randn(*shape)).half().double().requires_grad_()
        return params[name]

    c_in = 3
    for block, (c_out, n_convs) in enumerate(zip(channels, (2, 2, 3, 3, 3), strict=True), start=1):
        for k in range(1, n_convs + 1):
            name = f"conv{block}_{k}"
            weights = parameter(f"{name}_w", c_out, c_in, 3, 3), parameter(f"{name}_b", c_out)
            out = outputs[name] = F.relu(F.conv2d(out, *weights, padding=1))
            c_in = c_out
        out = outputs[f"pool{block}"] = F.max_pool2d(out, 2)
    out = out.flatten(1)
    for name, units in (("fc6", fc_dim), ("fc7", fc_dim), ("fc8", n_classes)):
        weights = parameter(f"{name}_w", units, out.shape[1]), parameter(f"{name}_b", units)
        out = F.linear(out, *weights)
        if name != "fc8":
            out = F.relu(out)
        outputs[name] = out
    dlogits = torch.randn_like(out)
    out.backward(dlogits)

    def ours(tensor):
        """Linear layers are (out, in) in PyTorch, (in, out) here; filters agree."""
        return numpy_of(tensor).T if tensor.ndim == 2 else numpy_of(tensor)

    arrays = {"image": image, "dlogits": dlogits}
    arrays |= {name: ours(tensor).astype(np.float16) for name, tensor in params.items()}
    arrays |= {f"d{name}": ours(tensor.grad) for name, tensor in params.items()}
    for name, tensor in outputs.items():
        step = max(1, tensor.shape[-1] // 8) if tensor.ndim == 4 else 1
        arrays[f"out_{name}"] = numpy_of(tensor)[..., ::step, ::step] if step > 1 else numpy_of(tensor)
    save("vgg16", **arrays)


def main():
    """Write every file."""
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    torch.set_num_threads(1)  # sums do not depend on the machine's cores
    for cell in RECURRENT:
        recurrent(cell)
        captioner(cell)
    convolution("conv_same", stride=1, pad=1, filter_size=(3, 3))
    convolution("conv_strided", stride=2, pad=0, filter_size=(3, 2))
    convolution("conv_far", stride=3, pad=2, filter_size=(2, 4))
    pooling("pool_vgg", window=2, stride=2)
    pooling("pool_overlapping", window=3, stride=1)
    pooling("pool_ties", window=3, stride=2, ties=True)
    embedding()
    cross_entropy()
    attention()
    optimizer("sgd_momentum", lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8))
    optimizer("rmsprop", lambda w: torch.optim.RMSprop(w, lr=0.05, alpha=0.9, eps=1e-3))
    optimizer("adam", lambda w: torch.optim.Adam(w, lr=0.05, betas=(0.8, 0.95), eps=1e-3))
    clipping()
    vgg16()
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(7)
    for cell in RECURRENT:
        frameworks(cell)


if __name__ == "__main__":
    main()
