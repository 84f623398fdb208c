"""Forecasts of a fit see nothing that they must not: nothing after an origin, nothing of a block that is left out."""

import datetime

import numpy as np
import pandas as pd
import pytest

from eum.analysis.forecasts.registered import QUANTILES
from eum.analysis.validation.out_of_sample.fit_forecasts import (
    FORECAST_ROW,
    MODEL,
    ValidationCase,
    block_benchmarks,
    block_forecast,
    blocks_of,
    origin_forecasts,
    targets_after,
    untargeted_forecasts,
)
from eum.analysis.validation.out_of_sample.simple_rules import BOTH_SIDES, PromisedRates
from eum.calibration.fit.learn import LearntHistory
from eum.calibration.fit.posterior import kept_points
from eum.calibration.fit.rng_streams import stream_key
from eum.calibration.fit.targets import MARGINS
from tests.calibration.fit.synthetic import straight

ORIGIN = datetime.date(2020, 9, 30)
SCOPES, MONTHS = ("incheon", "seo", "jung"), [f"{y}-{m:02d}" for y in (2019, 2020, 2021) for m in range(1, 13)]
RATES = PromisedRates(*({(scope, month): 4.0 for scope in SCOPES for month in MONTHS} for _ in range(2)))


def case(values: np.ndarray | None = None) -> ValidationCase:
    """Return the straight history, published as `values`."""
    return ValidationCase(straight(values), RATES)


def published() -> np.ndarray:
    """Return the figures of the straight history."""
    return case().history.observed


def full(learnt: LearntHistory) -> np.ndarray:
    """Return draws of the posterior given all figures of the city."""
    history = learnt.history
    return kept_points(history.fit(np.arange(learnt.known.n_city), stream_key(1, "posterior")), history.size.n_kept)


def of(rows: pd.DataFrame, *tests: tuple[str, object]) -> pd.DataFrame:
    """Return rows in which columns have values."""
    for column, value in tests:
        rows = rows[rows[column] == value]
    return rows.reset_index(drop=True)


# ---- origins


def test_forecasts_from_an_origin_are_the_same_bits_whatever_comes_later() -> None:
    values = published()
    later = np.array([t.end > ORIGIN for t in case().history.targets])
    assert later.any() and not later.all()
    found = origin_forecasts(case(), ORIGIN)
    other = origin_forecasts(case(np.where(later, values + 0.5, values)), ORIGIN)
    columns = [name for name in FORECAST_ROW if name != "observed"]
    pd.testing.assert_frame_equal(found[columns], other[columns], check_exact=True)
    assert (found["observed"] != other["observed"]).all()


def test_forecasts_from_an_origin_use_what_came_before() -> None:
    values = published()
    earlier = np.array([t.end <= ORIGIN and t.group == "payments" for t in case().history.targets])
    found, other = (origin_forecasts(case(v), ORIGIN) for v in (values, values + 0.2 * earlier))
    mine = (("group", "payments"), ("rule", MODEL))
    assert (of(other, *mine)["q50"] > of(found, *mine)["q50"]).all()


def test_half_a_year_after_an_origin_is_forecast_and_of_margins_only_those_seen_before() -> None:
    targets = case().history.targets
    asked = [targets[n] for n in targets_after(case(), ORIGIN)]
    assert {t.end for t in asked} == {
        t.end for t in targets if t.start > ORIGIN and t.end <= datetime.date(2021, 3, 31)
    }
    before = [targets[n] for n in targets_after(case(), datetime.date(2020, 2, 29))]
    assert any(t.end.isoformat() == "2020-08-31" for t in before)
    assert not any(t.group in MARGINS for t in before), "none was published by February 2020"


def test_every_rule_forecasts_the_same_figures_and_quantiles_rise() -> None:
    found = origin_forecasts(case(), ORIGIN)
    figures = {rule: part[["group", "scope", "period_end"]].to_numpy().tolist() for rule, part in found.groupby("rule")}
    assert len(figures) == 4 and all(mine == figures[MODEL] for mine in figures.values())
    assert (np.diff(found[QUANTILES], axis=1) > 0).all()


# ---- blocks


def test_blocks_are_half_years_of_a_group_and_hold_every_figure_once() -> None:
    blocks = blocks_of(case())
    assert sorted(np.concatenate(list(blocks.values()))) == list(range(case().known.n_seen))
    for name, block in blocks.items():
        mine = [case().history.targets[n] for n in block]
        assert {f"{t.group} {t.end.year}-{1 + (t.end.month > 6)}" for t in mine} == {name}


def test_margins_left_out_do_not_move_their_own_forecast_by_a_bit() -> None:
    name, points, values = "payments_in_district 2020-2", full(straight()), published()
    block = blocks_of(case())[name]
    moved = values.copy()
    moved[block] += 0.4
    found, other = (block_forecast(case(v), points, name) for v in (values, moved))
    assert (found[QUANTILES] == other[QUANTILES]).all(axis=None)


def test_a_block_left_out_is_forecast_as_by_a_fit_that_never_saw_it() -> None:
    """By weights or, where these are too uneven, by a fit: forecasts are those of a fit to all other figures."""
    name, learnt = "payments 2020-1", straight()
    history, block = learnt.history, blocks_of(case())["payments 2020-1"]
    rest = np.setdiff1d(np.arange(learnt.known.n_city), block)
    exact = history.predicted(kept_points(history.fit(rest, 5), 600), rest, block, 6)
    found = block_forecast(case(), full(learnt), name)
    low, middle, high = np.quantile(exact, (0.05, 0.5, 0.95), axis=0)
    assert np.abs(found["q50"] - middle).max() < 0.35 * (high - low).max() / 3.29
    assert found["q95"].sub(found["q05"]).to_numpy() == pytest.approx(high - low, rel=0.5)


def test_values_of_a_block_of_the_city_hardly_move_its_own_forecast() -> None:
    """Altered by three standard deviations and fitted again: forecasts move by less than a fifth of that."""
    name, values = "payments 2020-1", published()
    block = blocks_of(case())[name]
    found = block_forecast(case(), full(straight()), name)
    size = float(found["q95"].sub(found["q05"]).mean() / 3.29)
    moved = values.copy()
    moved[block] += 3 * size
    other = block_forecast(case(moved), full(straight(moved)), name)
    assert float((other["q50"] - found["q50"]).abs().mean()) < 0.2 * 3 * size


def test_benchmarks_of_a_block_do_not_see_it() -> None:
    name, moved = "payments 2020-1", published()
    moved[blocks_of(case())[name]] += 0.4
    found, other = (of(block_benchmarks(case(v)), ("block", name)) for v in (published(), moved))
    assert set(found["rule"]) == set(BOTH_SIDES) and (found["q50"] == other["q50"]).all()


# ---- untargeted figures


def test_figures_that_nothing_is_fitted_to_are_forecast_without_being_seen() -> None:
    values = published()
    moved = np.append(values[:-1], values[-1] + 1.0)
    points = full(straight())
    found, other = (untargeted_forecasts(case(v), points) for v in (values, moved))
    assert (found[QUANTILES] == other[QUANTILES]).all(axis=None) and len(found) == 1
    emulated = case().history.emulator.at(points[:, :3])[:, -1]
    assert found["q50"].iloc[0] == pytest.approx(np.median(emulated), abs=0.02)
    assert found["q95"].iloc[0] - found["q05"].iloc[0] > np.quantile(emulated, 0.95) - np.quantile(emulated, 0.05)
