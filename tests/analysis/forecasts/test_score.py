"""Files of predictions against observations: groups, units, what has no counterpart, what does not change a score."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from eum.analysis.forecasts.registered import QUANTILES
from eum.analysis.forecasts.score import ALL, SCOPE_KINDS, scope_kind, score_forecasts
from eum.calibration.fit.rng_streams import normals
from eum.errors import InputError
from eum.intervals import binomial_interval
from tests.analysis.forecasts.conftest import observations, predictions

FACTORS = np.exp(0.15 * normals(1, 18))


def test_scopes_have_their_kinds() -> None:
    codes = ("incheon", "seo", "card_seo", "trade_fuel", "seoul")
    assert tuple(map(scope_kind, codes)) == SCOPE_KINDS


def test_a_group_by_hand() -> None:
    rows = predictions(scopes=("incheon",))
    # In logarithms the quantiles are -0.2 ... 0.2 around the median; one observation at it, five 0.3 above.
    factors = np.exp([0.0, 0.3, 0.3, 0.3, 0.3, 0.3])
    found = score_forecasts({"a": rows}, observations(rows, factors)).groups
    assert found[["metric", "scopes", "unit", "n"]].values.tolist() == [["payments", "incheon", "krw", 6]]
    row = found.iloc[0]
    # (0.5 * 0.2 / 2 + 0.1 * 0.4 / 2) / 2.5, and with misses of 0.3, 0.2 and 0.1.
    at_median, above = 0.07 / 2.5, (0.3 / 2 + 0.25 * (0.2 + 4 * 0.2) + 0.05 * (0.4 + 20 * 0.1)) / 2.5
    assert row["wis_log"] == pytest.approx((at_median + 5 * above) / 6)
    assert row["bias_log"] == pytest.approx(-0.25) and row["bias"] == pytest.approx(100 * (1 - np.exp(0.3)) * 5 / 6)
    assert row["coverage_50"] == row["coverage_90"] == pytest.approx(1 / 6)
    low, high = binomial_interval(1 / 6, row["n_effective"])
    assert (row["coverage_90_low"], row["coverage_90_high"]) == pytest.approx((low, high))
    assert row["width_90_relative"] == pytest.approx(np.exp(0.2) - np.exp(-0.2))
    # Five errors of one size in a row: sums of neighbours over 5 are 0.8 + ..., so far fewer than six.
    assert 1 <= row["n_effective"] < 2


def test_an_interval_holds_its_ends_and_nothing_beyond() -> None:
    rows = predictions(scopes=("incheon",))
    for factor, in_50, in_90 in ((0.1, 1, 1), (0.11, 0, 1), (0.2, 0, 1), (0.21, 0, 0)):
        for sign in (-1, 1):
            seen = observations(rows, np.full(6, np.exp(sign * factor)))
            row = score_forecasts({"a": rows}, seen).groups.iloc[0]
            assert (row["coverage_50"], row["coverage_90"]) == (in_50, in_90), (factor, sign)


def test_groups_are_by_metric_and_kind_of_scope_and_all_together() -> None:
    rows = predictions(scopes=("incheon", "seo", "gyeyang"))
    rows.loc[rows["scope"] == "gyeyang", ["metric", "unit"]] = ["subscribers", "persons"]
    found = score_forecasts({"a": rows}, observations(rows, FACTORS)).groups
    assert found[["metric", "scopes", "unit", "n"]].values.tolist() == [
        ["payments", "incheon", "krw", 6],
        ["payments", "districts", "krw", 6],
        ["subscribers", "districts", "persons", 6],
        [ALL, ALL, "", 18],
    ]
    assert np.isnan(found["wis"].iloc[-1]) and np.isfinite(found["wis_log"]).all(), "won and persons do not add up"
    assert found["wis_log"].iloc[-1] == pytest.approx(found["wis_log"].iloc[:-1].mean())


def test_the_order_of_rows_changes_nothing() -> None:
    rows = predictions()
    seen, other = observations(rows, FACTORS), predictions(0.3)
    turned = rows.iloc[::-1].reset_index(drop=True)
    one = score_forecasts({"a": rows, "b": other}, seen).groups
    two = score_forecasts({"a": turned, "b": other.sample(frac=1, random_state=1)}, seen.iloc[::-1]).groups
    assert_frame_equal(one, two)


def test_another_unit_of_money_changes_the_scores_in_it_alone() -> None:
    rows = predictions()
    seen = observations(rows, FACTORS)
    larger, seen_larger = rows.copy(), seen.assign(value=1000 * seen["value"])
    larger[QUANTILES] *= 1000
    one, two = (score_forecasts({"a": r}, s).groups for r, s in ((rows, seen), (larger, seen_larger)))
    in_unit = ["wis", "crps", "bias"]
    assert_frame_equal(one.drop(columns=in_unit), two.drop(columns=in_unit))
    assert_frame_equal(1000 * one[in_unit], two[in_unit])


def test_rows_without_an_observation_or_a_prediction_are_named_and_not_scored() -> None:
    rows = predictions(scopes=("incheon",))
    found = score_forecasts({"a": rows, "b": rows.iloc[2:]}, observations(rows, FACTORS[:6]).iloc[:5])
    expected = found.without[["forecast", "period_start", "lacks"]].values.tolist()
    assert expected == [
        ["a", "2021-06-01", "observation"],
        ["b", "2021-06-01", "observation"],
        ["b", "2021-01-01", "prediction"],
        ["b", "2021-02-01", "prediction"],
    ]
    assert found.groups["n"].tolist() == [5, 3]
    assert found.groups["wis_log_ratio"].tolist()[1] == pytest.approx(1), "on the rows that both predict"


def test_a_narrower_forecast_of_the_same_centre_is_found_better_where_it_is_right() -> None:
    rows = predictions(0.1)
    seen = observations(rows, np.exp(0.05 * normals(2, 18)))
    found = score_forecasts({"a": rows, "wide": predictions(0.5)}, seen).groups
    wide = found[found["forecast"] == "wide"].iloc[-1]
    assert wide["wis_log_ratio"] < 0.5 and wide["dm"] < -2 and wide["dm_p_value"] < 0.05
    assert (wide["dm_periods"], wide["dm_lags"]) == (6, 1)
    turned = score_forecasts({"wide": predictions(0.5), "a": rows}, seen).groups.iloc[-1]
    assert turned["dm"] == pytest.approx(-wide["dm"]) and turned["wis_log_ratio"] == pytest.approx(
        1 / wide["wis_log_ratio"]
    )


def test_an_observation_of_zero_has_no_logarithm_and_a_quantile_of_zero_is_infinitely_wrong() -> None:
    rows = predictions(scopes=("incheon",))
    seen = observations(rows, np.array([0.0, 1, 1, 1, 1, 1]))
    found = score_forecasts({"a": rows}, seen).groups.iloc[0]
    assert (found["n"], found["n_log"]) == (6, 5) and np.isfinite(found["wis_log"])
    rows.loc[2, "q05"] = 0.0
    assert score_forecasts({"a": rows}, seen).groups["wis_log"].iloc[0] == np.inf


def test_other_units_and_files_without_a_common_row_are_refused_on_one_line() -> None:
    rows = predictions(scopes=("incheon",))
    seen = observations(rows, FACTORS[:6])
    with pytest.raises(
        InputError, match="a: 2021-01-01 incheon payments: krw: expected the unit of the observation, pe"
    ):
        score_forecasts({"a": rows}, seen.assign(unit="persons"))
    with pytest.raises(
        InputError, match="b: none of 6 predictions was observed; expected the same period_start, period"
    ):
        score_forecasts({"a": rows, "b": rows.assign(scope="seo")}, seen)


def test_the_input_is_left_as_it_was() -> None:
    rows = predictions()
    seen = observations(rows, FACTORS)
    kept = rows.copy(), seen.copy()
    score_forecasts({"a": rows}, seen)
    pd.testing.assert_frame_equal(rows, kept[0])
    pd.testing.assert_frame_equal(seen, kept[1])
