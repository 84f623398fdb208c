"""What many runs amount to: bias, error and coverage by hand; what stands beside them comes from the data."""

import numpy as np
import pandas as pd
import pytest

from eum.analysis.validation.evaluation_designs.compare import (
    PUBLISHED_ACCOUNTING,
    TRUTH,
    EvaluationConfig,
    evaluation_table,
    published_multiplier,
)
from eum.analysis.validation.evaluation_designs.estimate import (
    ESTIMATE_COLUMNS,
    ESTIMATE_MEASURES,
    estimate_summary,
    finding,
    scaled,
)
from eum.city.data import CityData, load_city_data
from eum.errors import InputError


def two_runs() -> pd.DataFrame:
    found = [
        finding("survey", "new", 0.3, 0.2, 0.05, (0.25, 0.35)),
        finding("survey", "new", 0.1, 0.2, 0.15, (0.05, 0.25)),
    ]
    return pd.DataFrame(found).assign(family="causal")


def test_bias_error_and_coverage_are_those_of_a_clerk() -> None:
    (row,) = estimate_summary(two_runs(), 0.01).to_dict("records")
    assert list(row) == list(ESTIMATE_COLUMNS)
    assert row["estimate"] == pytest.approx(0.2) and row["truth"] == pytest.approx(0.2)
    assert row["bias"] == pytest.approx(0.0) and row["rmse"] == pytest.approx(0.1)
    assert row["bias_noise"] == pytest.approx(0.1) and row["coverage"] == 0.5
    assert row["own_width"] == pytest.approx(0.15) and row["without"] == pytest.approx(0.1)
    assert (row["n_seeds"], row["unit"], row["claim"]) == (2, "share", ESTIMATE_MEASURES["new"].claim)


def test_a_design_without_an_interval_has_no_coverage() -> None:
    rows = pd.DataFrame([finding("before_after_year", "plain_sum", 1.0, 1.0)]).assign(family="causal")
    (row,) = estimate_summary(rows, 0.01).to_dict("records")
    assert np.isnan(row["coverage"]) and np.isnan(row["own_width"]) and np.isnan(row["bias_noise"])


def test_another_unit_changes_every_number_alike() -> None:
    found = finding("merchant_fixed_effects", "won_of_card_payments", 0.5, 0.2, 0.3, (0.4, 0.6))
    assert scaled(found, "won_of_cashback", 10.0)[2:] == (5.0, 4.0, 6.0, 2.0, 3.0)


def test_what_was_published_comes_from_the_data() -> None:
    package = load_city_data()
    rows = package.table("studies")
    doubled = CityData(
        package.folder, package.hash, {**package.tables, "studies": rows.assign(value=2 * rows["value"])}
    )
    told, twice = published_multiplier(package), published_multiplier(doubled)
    assert set(told) == set(PUBLISHED_ACCOUNTING) <= set(ESTIMATE_MEASURES)
    assert twice == pytest.approx({name: 2 * value for name, value in told.items()})
    nothing = CityData(package.folder, package.hash, {**package.tables, "studies": rows.iloc[:0]})
    with pytest.raises(InputError, match=r"studies\.csv"):
        published_multiplier(nothing)


def test_every_design_reports_in_every_family() -> None:
    days: list[None] = []
    config = EvaluationConfig(("causal",), 0.002, (1,))
    table = evaluation_table(load_city_data(), config, lambda: days.append(None))
    assert len(days) == config.n_days
    reports = table[table["design"] != TRUTH]
    assert set(reports["measure"]) == set(ESTIMATE_MEASURES) and reports[["estimate", "truth"]].notna().all(axis=None)
    assert table.loc[table["measure"] == "plain_sum", "published"].notna().all()
