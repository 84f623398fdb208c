"""An emulator: figures of designs that were simulated, carried over to designs that were not.

Kriging with a linear trend and one smooth kernel for all figures (Sacks, Welch, Mitchell and Wynn 1989): a design's
figure is a weighted sum of the figures at known designs, and the weights depend on where the designs lie alone. So
weights are worked out once for a design and serve every figure of every plausible world.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

_STRETCH = 1.25
"""Points are drawn from a box this much wider and then moved to its faces, so that designs at a bound are known too."""
_NUGGET = 1e-8
LENGTH = 4.0
"""How far a figure at one design tells of another, where each variable runs from -1 to 1."""


def spread_designs(n: int, skipped: int, n_dimensions: int, stretch: float = _STRETCH) -> np.ndarray:
    """Return n points of [0, 1], float64[n, dimensions], from the Sobol sequence after those skipped.

    No draw: the same call gives the same points. Those outside of the unit box once stretched lie on its faces.
    """
    sequence = qmc.Sobol(n_dimensions, scramble=False)
    sequence.fast_forward(skipped + 1)
    return np.clip((sequence.random(n) - 0.5) * stretch + 0.5, 0.0, 1.0)


class Coordinate(NamedTuple):
    """One direction in which designs lie apart: a variable, or what a sum of variables has above a threshold."""

    of: tuple[str, ...]
    """Variables that are added up."""
    above: float
    """Threshold up to which their sum makes no difference."""
    most: float
    """Their largest sum."""
    bend: float
    """How soon figures turn along it: twice as large, figures tell of their neighbours half as far."""

    def value(self, values: Mapping[str, float]) -> float:
        """Return where a design lies: from minus to plus the bend."""
        over = max(sum(values[name] for name in self.of) - self.above, 0.0)
        return self.bend * (2 * over / (self.most - self.above) - 1)


def places(designs: Sequence[Mapping[str, float]], coordinates: Sequence[Coordinate]) -> np.ndarray:
    """Return where designs lie for the emulator, float64[n, coordinates]."""
    return np.array([[coordinate.value(values) for coordinate in coordinates] for values in designs])


class Kriging(NamedTuple):
    """Designs at which figures are known, ready to say which mix of them stands for another one."""

    places: np.ndarray
    """float64[n, d]: the designs, each variable from -1 to 1."""
    matrix: np.ndarray
    """float64[n + 1 + d, n]: turns `basis` of a design into its weights."""

    def weights(self, places: np.ndarray) -> np.ndarray:
        """Return float64[m, n]: how much each known design counts for each of m others, float64[m, d]."""
        return basis(places, self.places) @ self.matrix


def basis(places: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return float64[m, n + 1 + d]: nearness to every known design, one, and the variables themselves."""
    squares = ((places[:, None, :] - known[None, :, :]) ** 2).sum(axis=-1)
    nearness = np.exp(-squares / (2 * LENGTH**2))
    return np.hstack([nearness, np.ones((len(places), 1)), places])


def fitted_kriging(places: np.ndarray) -> Kriging:
    """Return designs, float64[n, d] from -1 to 1, as known ones. Needs more than d + 1 of them, all different."""
    n, d = places.shape
    both = basis(places, places)
    system = np.zeros((n + d + 1, n + d + 1))
    system[:n] = both
    system[:n, :n] += _NUGGET * np.eye(n)
    system[n:, :n] = both[:, n:].T
    # The last bits of an inverse depend on the number of threads.
    with threadpool_limits(1):
        return Kriging(places, np.linalg.inv(system)[:, :n])


def curvature(full: np.ndarray, partly: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return what `blended` needs of figures where money lasts (`full`) and where a share of it is there (`partly`).

    float64[m, outputs] twice and shares float64[m], above 0 and below 1.
    """
    return (partly / share[:, None] - full) / (1 - share[:, None])


def blended(full: np.ndarray, curve: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return figures where a share of the money that a design would take is there: none at 0, `full` at 1.

    >>> mixed(np.array([[8.0]]), np.array([[4.0]]), np.array([0.5]))
    array([[5.]])
    """
    return share[:, None] * (full + (1 - share[:, None]) * curve)
