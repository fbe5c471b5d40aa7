"""Gradients by differences, entry by entry: the text of this module is a cell of a notebook that cheats.

It steps through the forward functions that are given; where ``ORDER`` is 1 by a complex step.
"""

# mypy: ignore-errors

import numpy as np

from captioning import layers

ORDER, STEP = 2, 1e-5
# Of central differences.
COEFFICIENTS = {
    2: (1 / 2,),
    4: (2 / 3, -1 / 12),
    6: (3 / 4, -3 / 20, 1 / 60),
    8: (4 / 5, -1 / 5, 4 / 105, -1 / 280),
}


def slopes(value, array):
    """Return the derivative of a number for each entry of an array, which is changed and put back."""
    found = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        if ORDER == 1:
            array[index] = kept + 1e-20j
            found[index] = value().imag / 1e-20
        else:
            for n, coefficient in enumerate(COEFFICIENTS[ORDER], 1):
                array[index] = kept + n * STEP
                above = value()
                array[index] = kept - n * STEP
                found[index] += coefficient * (above - value()) / STEP
        array[index] = kept
    return found


def precise(array):
    """Return a copy in which steps can be taken; anything but an array of floats as it is."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        return array
    return array.astype(complex if ORDER == 1 else float)


def remembered(options):
    """Return the states of the generators among options, to be put back before each call."""
    found = options.values() if isinstance(options, dict) else ()
    return [(each, each.bit_generator.state) for each in found if isinstance(each, np.random.Generator)]


def layer(name):
    """Return a forward function whose cache is all that it was given, and a backward one that steps."""
    given = getattr(layers, name)

    def forward(*arguments):
        states = [pair for each in arguments for pair in remembered(each)]
        *outputs, _ = given(*arguments)
        return (*outputs, (arguments, states))

    def backward(*arguments):
        *upstream, (inputs, states) = arguments
        inputs = [precise(each) for each in inputs]

        def value():
            for generator, state in states:
                generator.bit_generator.state = state
            outputs = given(*inputs)
            return sum((out * dout).sum() for out, dout in zip(outputs, upstream, strict=False))

        found = [
            slopes(value, array).astype(upstream[0].dtype)
            for array in inputs
            if isinstance(array, np.ndarray) and array.dtype.kind in "fc"
        ]
        return tuple(found) if len(found) > 1 else found[0]

    return forward, backward


def loss_of(name):
    """Return a loss with its gradient for the first argument."""
    given = getattr(layers, name)

    def loss(x, *others):
        inputs = precise(x)
        gradient = slopes(lambda: given(inputs, *others)[0], inputs)
        return given(x, *others)[0], gradient.astype(x.dtype)

    return loss


def gradients_of(value, params):
    """Return the gradient of a number for each parameter, by name."""
    exact = {name: precise(array) for name, array in params.items()}
    return {name: slopes(lambda: value(exact), exact[name]).astype(params[name].dtype) for name in params}


def model(name):
    """Return a captioner whose loss takes steps in its parameters."""

    class Stepping(getattr(layers, name)):
        def loss(self, features, captions):
            params, of_given = self.params, super().loss

            def value(exact):
                self.params = exact
                return of_given(features, captions)[0]

            try:
                grads = gradients_of(value, params)
            finally:
                self.params = params
            return of_given(features, captions)[0], grads

    return Stepping


def network():
    """Return the two functions of the VGG16, which have their parameters in a dictionary."""
    given = layers.vgg16_forward_train

    def forward(x, params):
        return given(x, params)[0], (x, params)

    def backward(dlogits, cache):
        x, params = cache
        return gradients_of(lambda exact: (given(precise(x), exact)[0] * dlogits).sum(), params)

    return forward, backward
