"""The parts of a variance are those of a model whose parts are known, and add up to all of it."""

import numpy as np
import pytest
from scipy import special

from eum.analysis.sensitivity.sobol_indices import positions
from eum.analysis.sensitivity.variance_decomposition import Nested, components, of_cells, of_points


def normal(seed: int, *shape: int) -> np.ndarray:
    """Return standard normal numbers drawn by key."""
    n, fine = int(np.prod(shape)), 2**16
    return special.ndtri((positions_of(seed, n, fine) + 0.5) / fine).reshape(shape)


def positions_of(seed: int, n: int, fine: int) -> np.ndarray:
    """Return n whole numbers below `fine`, drawn by key."""
    from eum import rng

    key = np.uint64(rng.day_key(seed, 7, 1))
    return np.array([int(rng.below(np.uint64(rng.draw(key, i, rng.RESAMPLE)), fine)) for i in range(n)])


def made(n: int, seed: int = 1) -> Nested:
    """Return an additive model: families 0, 3, 6; parameters, populations and runs with deviations 2, 1 and 0.5."""
    families = np.array([0.0, 3.0, 6.0])
    expected = families + 2 * normal(seed, n, 3)
    simulated = expected[:, :, None, None] + normal(seed + 1, n, 3, 4)[..., None] + 0.5 * normal(seed + 2, n, 3, 4, 3)
    return Nested(expected[..., None], simulated[..., None])


def test_the_parts_of_an_additive_model_are_the_known_ones() -> None:
    assert components(made(2000))[:, 0] == pytest.approx([6.0, 4.0, 1.0, 0.25], rel=0.05)


def test_each_part_is_unbiased_with_few_points() -> None:
    found = np.mean([components(made(4, seed))[:, 0] for seed in range(0, 1200, 3)], axis=0)
    assert found == pytest.approx([6.0, 4.0, 1.0, 0.25], rel=0.08)


def test_families_that_agree_have_no_part_on_average() -> None:
    found = [of_points(2 * normal(seed, 5, 3)[..., None])[0][0] for seed in range(300)]
    assert np.mean(found) == pytest.approx(0.0, abs=0.1) and min(found) < 0


def test_one_family_has_no_part_of_its_own() -> None:
    between, parameters = of_points(normal(1, 500, 1)[..., None])
    assert between == 0.0 and parameters == pytest.approx(1.0, rel=0.2)


def test_runs_alone_leave_nothing_to_populations() -> None:
    population, runs = of_cells(normal(5, 400, 2, 3, 3)[..., None])
    assert population == pytest.approx(0.0, abs=0.05) and runs == pytest.approx(1.0, rel=0.05)


def test_a_resample_keeps_the_parts_together() -> None:
    nested = made(50)
    at = positions(1, 1, 50)
    changed = components(Nested(nested.expected[at], nested.simulated[at]))
    assert changed.shape == (4, 1) and not np.allclose(changed, components(nested))
