"""What a factor is that an output is multiplied by: ``N``, ``1/(N*T)``, ``sqrt(H)``."""

import numpy as np

from autograder.judge.compare import largest
from autograder.judge.evidence import Evidence
from autograder.judge.naming import number


def best_ratio(of: np.ndarray, to: np.ndarray) -> float | None:
    """Return the number that ``of`` is best multiplied by to give ``to``."""
    scale = largest(of)
    if not scale:
        return None
    of, to = of / scale, to / scale
    ratio = float(np.vdot(of, to) / np.vdot(of, of))
    return ratio if np.isfinite(ratio) and ratio else None


def factor_name(factor: float, evidence: Evidence) -> str | None:
    """Say what a positive factor is: ``2``, ``N``, ``1/(N*T)``, ``p``; None if it is nothing we know.

    The simplest expression of at most two quantities is taken; two that are as simple are both named.
    """
    quantities = _quantities(evidence)
    accuracy = max(1e-9, 10 * evidence.tolerance)
    found: list[tuple[int, str]] = []
    for over, (top, top_cost) in quantities.items():
        for under, (bottom, bottom_cost) in quantities.items():
            if over == under or abs(top / bottom - factor) > accuracy * factor:
                continue
            if _is_accident({over, under} - {"1"}, evidence):
                continue
            found.append((top_cost + bottom_cost, _quotient(over, under)))
    if not found:
        return None
    least = min(cost for cost, _ in found)
    return " or ".join(sorted({name for cost, name in found if cost == least}))


def _is_accident(names: set[str], evidence: Evidence) -> bool:
    """Tell whether a quotient has no meaning: a window's height over a number of channels."""
    plain = {name for name in names if name.isdigit()}
    settings = names & evidence.scalars.keys()
    return len(names) > 1 and bool(plain - {"2"} or (settings and names & evidence.sizes.keys()))


def sure_name(name: str | None) -> str | None:
    """Return the name of a factor; None where several sizes happen to be that number."""
    return None if name is not None and " or " in name else name


def in_times(ratio: float, name: str | None) -> str:
    """Write a factor, and what it may be: ``3 (N) times``."""
    size = number(abs(ratio))
    names = [other for other in (name or "").split(" or ") if other not in {"", size}]
    return f"{size} ({' or '.join(names)}) times" if names else f"{size} times"


def _quantities(evidence: Evidence) -> dict[str, tuple[float, int]]:
    """Return the numbers that factors are made of, with a cost that says how far-fetched each is."""
    sizes = {symbol: float(size) for symbol, size in evidence.sizes.items() if size > 1}
    quantities: dict[str, tuple[float, int]] = {"1": (1.0, 0), "2": (2.0, 1)}
    quantities |= {symbol: (size, 1) for symbol, size in sizes.items()}
    for name, argument in evidence.arguments.items():
        if argument.values.dtype == bool and argument.values.any():
            quantities[f"the number of True in {name}"] = (float(argument.values.sum()), 1)
    for name, value in evidence.scalars.items():
        if value > 0 and value != 1:
            quantities[name] = (value, 1)
            quantities[f"{name}^2"] = (value**2, 2)
            if value < 1:
                quantities[f"(1 - {name})"] = (1 - value, 2)
    for name, size in summed_over(evidence):
        quantities.setdefault(name, (size, 3))
    symbols = sorted(sizes)
    for k, one in enumerate(symbols):
        quantities |= {f"{one}*{other}": (sizes[one] * sizes[other], 3) for other in symbols[k + 1 :]}
        quantities[f"sqrt({one})"] = (sizes[one] ** 0.5, 2)  # the root of 4 is more often a plain 2
    # Two numbers between 1 and a few dozen make every small fraction, so plain ones come last.
    return quantities | {str(n): (float(n), 5) for n in (3, 4, 10)}


def summed_over(evidence: Evidence) -> list[tuple[str, float]]:
    """Return the numbers of terms that a gradient adds up: the upstream gradient's axes that it has not."""
    found = []
    for name in evidence.upstream:
        axes = evidence.arguments[name].axes if name in evidence.arguments else ()
        missing = sorted({axis for axis in axes if axis not in evidence.axes and axis in evidence.sizes})
        if missing:
            found.append(("*".join(missing), float(np.prod([evidence.sizes[axis] for axis in missing]))))
    return found


def _quotient(over: str, under: str) -> str:
    if under == "1":
        return over
    return f"{over}/({under})" if "*" in under else f"{over}/{under}"
