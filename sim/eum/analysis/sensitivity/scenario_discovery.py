"""In which part of the parameter space a ratio reaches a level, as a rule that a person can read.

Scenario discovery (Bryant and Lempert 2010) with a shallow tree (CART) inside each family: found in one sample of
worlds, judged in another. Coverage: part of the worlds that reach the level which the rule holds. Density: part of
the worlds that the rule holds which reach it.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.extras import extra

with extra("calibration"):
    from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-untyped]

DEPTH = 2
"""Conditions of one region at most."""

SMALLEST_REGION = 0.05
"""Part of the worlds that a region holds at least."""

Box = dict[str, tuple[float, float]]
"""A region: lower and upper bound by name; without bounds it is everything."""


def holds(boxes: list[Box], values: pd.DataFrame) -> np.ndarray:
    """Return bool[worlds]: which worlds lie in one of the regions."""
    found = np.zeros(len(values), bool)
    for box in boxes:
        inside = np.ones(len(values), bool)
        for name, (low, high) in box.items():
            inside &= ((values[name] > low) & (values[name] <= high)).to_numpy()
        found |= inside
    return found


def _leaves(tree: DecisionTreeClassifier, names: list[str]) -> list[tuple[Box, float]]:
    """Return the regions of a tree, each with the part of its worlds that reach the level."""
    nodes, found = tree.tree_, list[tuple[Box, float]]()

    def walk(node: int, box: Box) -> None:
        if nodes.children_left[node] < 0:
            counts = dict(zip(tree.classes_.tolist(), nodes.value[node][0].tolist(), strict=True))
            found.append((box, counts.get(True, 0.0) / sum(counts.values())))
            return
        name, cut = names[nodes.feature[node]], float(nodes.threshold[node])
        low, high = box.get(name, (-np.inf, np.inf))
        walk(nodes.children_left[node], {**box, name: (low, min(high, cut))})
        walk(nodes.children_right[node], {**box, name: (max(low, cut), high)})

    walk(0, {})
    return found


def regions(values: pd.DataFrame, reached: np.ndarray) -> list[Box]:
    """Return the regions in which most worlds reach the level; `values` has a row per world, `reached` is bool[worlds].

    None where there is no such region, one without bounds where nearly all reach it.
    """
    smallest = max(2, round(SMALLEST_REGION * len(values)))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=smallest, random_state=0)
    tree.fit(values.to_numpy(), reached)
    boxes = [box for box, density in _leaves(tree, list(values.columns)) if density >= 0.5]
    everything = [box for box, _ in _leaves(tree, list(values.columns))]
    return [{}] if boxes == everything else boxes


class Region(NamedTuple):
    """Where a level is reached in a family, judged in the second sample."""

    boxes: list[Box]
    coverage: float
    density: float
    n_reached: int
    """Worlds of both samples that reach the level."""
    n_worlds: int
    lowest: float
    highest: float


def judged_regions(boxes: list[Box], values: pd.DataFrame, reached: np.ndarray) -> tuple[float, float]:
    """Return coverage and density of regions in worlds; not a number where nothing reaches, or nothing lies inside."""
    inside = holds(boxes, values)
    both = float((inside & reached).sum())
    coverage = both / reached.sum() if reached.any() else np.nan
    return coverage, both / inside.sum() if inside.any() else np.nan


def discover(samples: tuple[pd.DataFrame, pd.DataFrame], ratios: tuple[np.ndarray, np.ndarray], level: float) -> Region:
    """Return where ratios reach a level: values and ratios of the sample to learn from, and of the one to judge in."""
    reached = [ratio >= level for ratio in ratios]
    both = np.concatenate(ratios)
    boxes = regions(samples[0], reached[0])
    quality = judged_regions(boxes, samples[1], reached[1])
    return Region(boxes, *quality, int((both >= level).sum()), len(both), float(both.min()), float(both.max()))


def _bound(name: str, low: float, high: float) -> str:
    if np.isinf(low):
        return f"{name} up to {high:.3g}"
    return f"{name} above {low:.3g}" if np.isinf(high) else f"{name} above {low:.3g} and up to {high:.3g}"


def region_sentences(found: Region) -> str:
    """Return in words where the level is reached."""
    if not found.n_reached:
        return "nowhere"
    if found.n_reached == found.n_worlds:
        return "everywhere"
    if not found.boxes:
        return "here and there, in no region of its own"
    if found.boxes == [{}]:
        return "nearly everywhere"
    return ", or where ".join(
        " and ".join(_bound(name, *bounds) for name, bounds in box.items()) for box in found.boxes
    )
