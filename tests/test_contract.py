"""What every layer promises, whatever it computes."""

import numpy as np
import pytest

from tests.layer_cases import LAYER_BATCHES, LAYERS, draw_upstream, is_float

ARGUMENTS = [(layer, name) for layer in LAYERS for name in layer.shapes]
every_layer = pytest.mark.parametrize("layer", LAYERS, ids=str)
every_layer_and_batch = pytest.mark.parametrize(("layer", "N", "T"), LAYER_BATCHES, ids=str)
every_argument = pytest.mark.parametrize(("layer", "name"), ARGUMENTS, ids=str)


def cast(arrays, dtype):
    return {name: array.astype(dtype) if is_float(array) else array for name, array in arrays.items()}


def copies(arrays):
    return [np.array(array) for array in arrays]


def assert_all_equal(actual, expected):
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def read_only(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


@every_layer_and_batch
def test_nothing_that_the_caller_gave_is_changed(layer, N, T):
    arrays = layer.arrays(N, T)
    before = copies(arrays.values())
    outputs, cache = layer.run(arrays)
    upstream = draw_upstream(outputs)
    upstream_before = copies(upstream)
    layer.gradients(upstream, cache)
    assert_all_equal(arrays.values(), before)
    assert_all_equal(upstream, upstream_before)


@every_layer
def test_read_only_arrays_are_enough(layer):
    arrays = {name: read_only(array) for name, array in layer.arrays(3, 4).items()}
    outputs, cache = layer.run(arrays)
    layer.gradients([read_only(array) for array in draw_upstream(outputs)], cache)


@every_layer
def test_memory_order_makes_no_difference(layer):
    arrays = layer.arrays(3, 4)
    outputs, cache = layer.run(arrays)
    upstream = draw_upstream(outputs)
    expected = [*outputs, *layer.gradients(upstream, cache)]
    other_outputs, other_cache = layer.run({name: np.asfortranarray(a) for name, a in arrays.items()})
    actual = [*other_outputs, *layer.gradients([np.asfortranarray(a) for a in upstream], other_cache)]
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@every_layer_and_batch
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_shapes_are_kept(layer, N, T, dtype):
    arrays = cast(layer.arrays(N, T), dtype)
    outputs, cache = layer.run(arrays)
    upstream = draw_upstream(outputs)
    grads = layer.gradients(upstream, cache)
    assert [out.dtype for out in outputs] == [dtype] * len(outputs)
    assert [grad.dtype for grad in grads] == [dtype] * len(grads)
    assert [grad.shape for grad in grads] == [array.shape for array in arrays.values() if is_float(array)]


@every_layer
def test_float32_is_float64_but_for_rounding(layer):
    arrays = layer.arrays(3, 4)
    results = []
    for dtype in (np.float32, np.float64):
        outputs, cache = layer.run(cast(arrays, dtype))
        upstream = [array.astype(dtype) for array in draw_upstream([np.float64(out) for out in outputs])]
        results.append([*outputs, *layer.gradients(upstream, cache)])
    for single, double in zip(*results, strict=True):
        assert np.linalg.norm(single - double) <= 1e-5 * np.linalg.norm(double)


@every_layer
def test_a_second_call_gives_the_same(layer):
    arrays = layer.arrays(3, 4)
    outputs, cache = layer.run(arrays)
    upstream = draw_upstream(outputs)
    first = copies([*outputs, *layer.gradients(upstream, cache)])
    assert_all_equal(layer.gradients(upstream, cache), first[len(outputs) :])
    again, cache_again = layer.run(arrays)
    assert_all_equal([*again, *layer.gradients(upstream, cache_again)], first)


@every_layer
def test_backward_is_linear_in_the_upstream_gradient(layer):
    outputs, cache = layer.run(layer.arrays(3, 4))
    one, other = draw_upstream(outputs, seed=1), draw_upstream(outputs, seed=2)
    mixed = [2 * a - 3 * b for a, b in zip(one, other, strict=True)]
    of_one, of_other = copies(layer.gradients(one, cache)), copies(layer.gradients(other, cache))
    for actual, a, b in zip(layer.gradients(mixed, cache), of_one, of_other, strict=True):
        assert np.linalg.norm(actual - (2 * a - 3 * b)) <= 1e-12 * np.linalg.norm(actual)


@every_argument
def test_a_wrong_kind_of_number_is_refused(layer, name):
    arrays = layer.arrays(3, 4)
    kind, others = ("floats", [int, bool]) if is_float(arrays[name]) else ("ints", [float, bool])
    if arrays[name].dtype == bool:
        kind, others = "bools", [int, float]
    for other in others:
        with pytest.raises(TypeError, match=rf"{name} has dtype {np.dtype(other)}, expected {kind}"):
            layer.run(arrays | {name: arrays[name].astype(other)})


@every_argument
def test_a_list_is_refused(layer, name):
    arrays = layer.arrays(3, 4)
    with pytest.raises(TypeError, match=rf"{name} is a list, expected a NumPy array"):
        layer.run(arrays | {name: arrays[name].tolist()})


def shared_axes():
    """Yield every axis whose size another axis must have, too."""
    for layer, name in ARGUMENTS:
        uses = [symbol for other in layer.shapes for _, symbol in layer.axes(other)]
        for axis, (_, symbol) in enumerate(layer.axes(name)):
            if uses.count(symbol) > 1:
                yield pytest.param(layer, name, axis, id=f"{layer}-{name}-{axis}")


@pytest.mark.parametrize(("layer", "name", "axis"), [*shared_axes()])
def test_a_shape_that_does_not_fit_is_refused_by_name(layer, name, axis):
    arrays = layer.arrays(3, 4)
    longer = np.concatenate([arrays[name], arrays[name].take([0], axis=axis)], axis=axis)
    arrays[name] = longer
    with pytest.raises(ValueError, match=r"\(.*\).*\(.*\)") as error:
        layer.run(arrays)
    assert any(
        f"{argument} " in str(error.value) and str(array.shape) in str(error.value)
        for argument, array in arrays.items()
    ), error.value


@pytest.mark.parametrize(
    ("layer", "name"),
    [case for case in ARGUMENTS if not case[0].name.startswith(("relu", "dropout"))],
    ids=str,
)
def test_a_missing_axis_is_refused(layer, name):
    arrays = layer.arrays(3, 4)
    arrays[name] = np.array(arrays[name][0])
    with pytest.raises(ValueError, match=r"\(.*\)"):
        layer.run(arrays)


def upstream_axes():
    for layer in LAYERS:
        if layer.checks_upstream:
            outputs, _ = layer.run(layer.arrays(3, 4))
            for k, out in enumerate(outputs):
                for axis in range(out.ndim):
                    yield pytest.param(layer, k, axis, id=f"{layer}-{k}-{axis}")


@pytest.mark.parametrize(("layer", "k", "axis"), [*upstream_axes()])
def test_an_upstream_gradient_that_does_not_fit_is_refused(layer, k, axis):
    outputs, cache = layer.run(layer.arrays(3, 4))
    upstream = draw_upstream(outputs)
    expected = upstream[k].shape
    for wrong in (
        np.concatenate([upstream[k], upstream[k].take([0], axis=axis)], axis=axis),
        upstream[k].take([0], axis=axis),  # one that NumPy would stretch in silence
    ):
        with pytest.raises(ValueError, match=r"expected") as error:
            layer.gradients([*upstream[:k], wrong, *upstream[k + 1 :]], cache)
        assert str(wrong.shape) in str(error.value)
        assert str(expected) in str(error.value)


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.checks_upstream], ids=str)
def test_an_upstream_gradient_of_integers_is_refused(layer):
    outputs, cache = layer.run(layer.arrays(3, 4))
    upstream = [array.astype(int) for array in draw_upstream(outputs)]
    with pytest.raises(TypeError, match=r"d\w+ has dtype int64, expected floats"):
        layer.gradients(upstream, cache)
