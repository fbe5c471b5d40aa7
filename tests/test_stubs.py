"""Solutions without their markers, and stubs without their solutions."""

from collections.abc import Callable

import pytest

from autograder.nbgrader.stubs import MarkerError, require_markers, stub, without_solutions
from captioning.source.markers import without_markers

MARKED = '''\
### BEGIN SOLUTION
def _helper(x):
    return 2 * x


### END SOLUTION


def double(x):
    """Double it."""
    if x is None:
        raise ValueError("nothing")
    ### BEGIN SOLUTION
    y = _helper(x)
    ### END SOLUTION
    return y
'''
METHODS = """\
class Model:
    def loss(self):
        ### BEGIN SOLUTION
        value = 1
        ### END SOLUTION
        return value

    def sample(self):
        ### BEGIN SOLUTION
        return 2
        ### END SOLUTION
"""


def test_a_stub_names_its_function_and_its_exercise() -> None:
    names: dict[str, Callable[..., object]] = {}
    text = stub(MARKED, {"double": "7.3"})
    exec(text, names)
    assert "_helper" not in text
    assert text.startswith("def double")
    with pytest.raises(NotImplementedError, match=r"^double is yours to write: exercise 7\.3$"):
        names["double"](1)
    with pytest.raises(ValueError, match="nothing"):
        names["double"](None)


def test_a_stub_names_its_method() -> None:
    names: dict[str, type] = {}
    exec(stub(METHODS, {"Model.loss": "7.1", "Model.sample": "7.2"}), names)
    for method, number in (("loss", "7.1"), ("sample", "7.2")):
        with pytest.raises(NotImplementedError, match=rf"^Model\.{method} is yours .* exercise {number}$"):
            getattr(names["Model"](), method)()


def test_a_solution_without_its_markers_and_a_source_without_its_solution() -> None:
    names: dict[str, Callable[..., object]] = {}
    exec(without_markers(MARKED), names)
    assert names["double"](3) == 6
    assert "SOLUTION" not in without_markers(MARKED)
    assert "_helper" not in without_solutions(MARKED)


@pytest.mark.parametrize(
    "source",
    [
        "### END SOLUTION\n### BEGIN SOLUTION\n",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n",
        "### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION\n",
        "### BEGIN SOLUTION\n    ### END SOLUTION\n",
        "### BEGIN SOLUTION: the gates\nx = 1\n### END SOLUTION\n",
        "x = 1  ### BEGIN SOLUTION\n### END SOLUTION\n",
        "# Begin solution\nx = 1\n# End solution\n",
    ],
)
def test_a_source_with_malformed_markers(source: str) -> None:
    with pytest.raises(MarkerError, match="has no partner at its indentation"):
        require_markers(source)
    with pytest.raises(MarkerError):
        stub(source, {})
