"""Recovery on histories that are known: ranks of truths are uniform for an exact model, and told where they are not."""

import numpy as np
import pandas as pd
import pytest

from eum.calibration.fit.discrepancy import SIZES, sizes_at
from eum.calibration.fit.parameters import fit_parameters
from eum.calibration.fit.recovery import Refits, recovery_summary, refit_tables
from eum.calibration.fit.rng_streams import normals, uniforms
from eum.city.data import CityData, load_city_data
from tests.calibration.fit.synthetic import N_SCORES, SIZE, straight

N_TRUTHS = 40


@pytest.fixture(scope="module")
def package() -> CityData:
    """Return the shipped data."""
    return load_city_data()


def few_places() -> np.ndarray:
    """Return every eighth figure of the city."""
    return np.arange(0, 48, 8)


def truths(off: float = 0.0) -> Refits:
    """Return truths of the straight history, of which the emulator is exact (or off by something)."""
    learnt, places = straight(), few_places()
    history = learnt.history
    process = history.emulator.processes[0]
    mine = process._replace(columns=tuple(range(len(places))), mean=process.mean[places] + off,
                            width=process.width[places], trend=process.trend[:, places],
                            weights=process.weights[:, places])  # fmt: skip
    emulator = history.emulator._replace(processes=(mine,), n_moments=len(places),
                                         error=1e-10 * np.eye(len(places)))  # fmt: skip
    layout, size = history.layout.at(places), SIZE.model_copy(update={"n_particles": 150, "n_moves": 2})
    targets = tuple(history.targets[n] for n in places)
    part = history._replace(targets=targets, emulator=emulator, layout=layout, size=size)
    points = normals(7, N_TRUTHS, N_SCORES)
    values = process.at(points)[:, places]
    names = tuple(f"score {i}" for i in range(N_SCORES))
    return Refits(part, np.arange(len(places)), points, values, tuple(range(N_TRUTHS)), names)


def chi2(ranks: np.ndarray) -> float:
    """Return chi-square of ranks in five bins."""
    counts = np.histogram(ranks, bins=5, range=(0, 1))[0]
    return float(((counts - len(ranks) / 5) ** 2 / (len(ranks) / 5)).sum())


def test_ranks_are_uniform_for_an_exact_model_and_the_spread_is_that_of_the_posterior() -> None:
    refits = refit_tables(truths())["refits"]
    for _, part in refits.groupby("name"):
        # 4 degrees of freedom: 18.5 is one in a thousand.
        assert chi2(part["rank"].to_numpy()) < 18.5
        z = (part["true"] - part["mean"]) / part["sd"]
        assert z.std() == pytest.approx(1, abs=0.3) and abs(z.mean()) < 0.5
        assert part["sd"].median() < 0.8, "the figures tell of it"


def test_a_model_that_is_off_is_found_out() -> None:
    refits = refit_tables(truths(off=0.6))["refits"]
    assert max(chi2(part["rank"].to_numpy()) for _, part in refits.groupby("name")) > 18.5


def test_refits_are_the_same_bits_alone_and_together() -> None:
    job = truths()
    both = job._replace(numbers=job.numbers[:2], points=job.points[:2], values=job.values[:2])
    alone = job._replace(numbers=job.numbers[1:2], points=job.points[1:2], values=job.values[1:2])
    found = refit_tables(both)["refits"]
    again = refit_tables(alone)["refits"]
    pd.testing.assert_frame_equal(found[found["truth"] == 1].reset_index(drop=True), again, check_exact=True)


# ---- the certificate


def certificate(package: CityData, rank: np.ndarray, sd: float, name: str = "") -> pd.Series:
    """Return the row of a quantity of which the refits came to some ranks."""
    first = name or fit_parameters(package)[0].name
    refits = pd.DataFrame({"truth": range(len(rank)), "name": first, "rank": rank, "mean": 0.0, "sd": sd, "true": 0.0})
    return recovery_summary(package, refits).iloc[0]


def test_uniform_ranks_hold_and_ranks_at_the_ends_do_not(package: CityData) -> None:
    ranks = uniforms(5, 200)
    good = certificate(package, ranks, 0.3)
    assert good["holds"] == "yes" and good["called"] == "moved" and good["chi2_of_ranks"] < 27.9
    assert sum(good[f"tenth_{i}"] for i in range(1, 11)) == good["n_truths"] == 200
    bad = certificate(package, np.where(ranks > 0.5, 0.99, 0.01), 0.3)
    assert bad["holds"] == "no" and bad["held_90"] == 0 and bad["tenth_1"] + bad["tenth_10"] == 200


def test_coverage_by_hand(package: CityData) -> None:
    row = certificate(package, np.array([0.04, 0.06, 0.26, 0.5, 0.74, 0.76, 0.94, 0.96]), 0.9)
    assert (row["held_50"], row["held_90"]) == (3 / 8, 6 / 8)
    assert row["called"] == "prior-dominated"
    assert row["held_90_low"] < 6 / 8 < row["held_90_high"]


def test_a_headline_is_not_called_by_its_spread(package: CityData) -> None:
    row = certificate(package, uniforms(5, 50), 0.1, "payments 2022-05")
    assert row["kind"] == "headline" and np.isnan(row["sd_left"]) and row["called"] == ""


def test_sizes_of_truths_are_those_that_a_fit_assumes() -> None:
    assert sizes_at(normals(1, len(SIZES))).min() > 0
