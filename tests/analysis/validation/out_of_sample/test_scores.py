"""Scores of forecasts of a fit, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eum.analysis.forecasts.registered import PROBABILITIES, QUANTILES
from eum.analysis.validation.out_of_sample.fit_forecasts import FORECAST_ROW
from eum.analysis.validation.out_of_sample.scores import coverage_verdict, validation_scores, with_scores
from eum.calibration.fit.rng_streams import normals

ENDS = [f"2020-{n:02d}-28" for n in range(1, 11)]
Z = stats.norm.ppf(PROBABILITIES)


def forecasts(test: str, rule: str, centre: np.ndarray, sd: float, group: str = "payments") -> pd.DataFrame:
    """Return normal forecasts of ten months that all came out as zero."""
    about = {"test": test, "block": "", "rule": rule, "group": group, "metric": group, "scope": "incheon",
             "observed": 0.0}  # fmt: skip
    rows = pd.DataFrame({**about, "period_start": [end[:8] + "01" for end in ENDS], "period_end": ENDS})
    rows[QUANTILES] = centre[:, None] + sd * Z
    return rows[FORECAST_ROW]


def table(test: str = "origin 2019-12-31", sd: float = 1.0) -> pd.DataFrame:
    """Return scores of a model that misses by chance beside two benchmarks, one far off."""
    noise = normals(3, len(ENDS))
    parts = [forecasts(test, "model", noise, sd), forecasts(test, "last value", 3 + noise, 1.0),
             forecasts(test, "s/rho", 0.1 * noise, 0.1)]  # fmt: skip
    return validation_scores(pd.concat(parts, ignore_index=True))


def test_coverage_width_and_score_by_hand() -> None:
    centre = np.array([0.0, 0.5, 1.0, 1.5, 2.0, -0.5, -1.0, -1.5, -2.0, 0.1])
    (row,) = validation_scores(forecasts("block", "model", centre, 1.0)).to_dict("records")
    assert (row["n"], row["coverage_50"], row["coverage_90"]) == (10, 0.4, 0.8)
    assert row["width_90"] == pytest.approx(2 * 1.6448536)
    q = centre[:, None] + Z
    loss = np.maximum(np.array(PROBABILITIES) * (0 - q), (np.array(PROBABILITIES) - 1) * (0 - q))
    assert row["wis"] == pytest.approx(2 * loss.mean())


def test_the_model_is_set_beside_the_benchmark_by_which_it_comes_out_worst() -> None:
    rows = table().set_index("rule")
    assert rows.index.tolist() == ["model", "last value", "s/rho"]
    assert rows.loc["model", "best_benchmark"] == "s/rho"
    assert rows.loc["model", "wis_ratio"] == rows.loc["s/rho", "wis_ratio"] == pytest.approx(10)
    assert rows.loc["last value", "wis_ratio"] < 1
    assert rows.loc["last value", "dm"] < 0 < rows.loc["s/rho", "dm"]
    assert rows.loc["last value", "dm_p_value"] < 0.05


def test_ratios_are_of_figures_that_both_forecast() -> None:
    model, other = forecasts("block", "model", np.zeros(10), 1.0), forecasts("block", "last value", np.zeros(10), 1.0)
    other.loc[other.index[:6], QUANTILES] = np.nan
    other.loc[other.index[6:], QUANTILES] *= 2
    rows = validation_scores(pd.concat([model, other], ignore_index=True)).set_index("rule")
    assert rows.loc["last value", "n"] == rows.loc["last value", "n_both"] == 4 and rows.loc["model", "n"] == 10
    assert rows.loc["model", "wis_ratio"] == pytest.approx(0.5)
    other.loc[other.index[6:8], QUANTILES] = np.nan
    rows = validation_scores(pd.concat([model, other], ignore_index=True)).set_index("rule")
    assert np.isnan(rows.loc["model", "wis_ratio"]), "two figures are no comparison"


def test_only_what_follows_an_origin_is_tested_in_its_order() -> None:
    assert table()["dm"].notna().sum() == 2
    assert "dm" not in table("block")


def test_errors_that_all_figures_share_are_one_error() -> None:
    together = forecasts("block", "model", np.full(10, 0.7), 1.0)
    apart = forecasts("block", "model", normals(8, 10), 1.0)
    shared, own = (validation_scores(rows)["n_effective"].iloc[0] for rows in (together, apart))
    assert shared < 2 < 5 < own


def test_groups_of_a_test_come_before_all_of_it() -> None:
    rows = pd.concat([forecasts("block", "model", np.zeros(10), 1.0, group) for group in ("payments", "issuance")])
    found = validation_scores(rows)
    assert found["group"].tolist() == ["issuance", "payments", "all"]
    assert found["n"].tolist() == [10, 10, 20]


def test_verdicts_follow_the_interval_of_coverage() -> None:
    def verdict(centre: np.ndarray, sd: float) -> str:
        return coverage_verdict(validation_scores(forecasts("block", "model", centre, sd)).iloc[0])

    noise = normals(8, 10)
    assert verdict(noise, 1.0) == "not refuted"
    assert verdict(noise, 0.05) == "too narrow"


def test_what_has_no_number_is_not_scored() -> None:
    rows = forecasts("block", "model", np.zeros(10), 1.0)
    rows.loc[3, "q50"] = np.nan
    assert len(with_scores(rows)) == 9
