"""Registered predictions: every month of every series, wider further ahead, and no fewer accounts than were opened."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from eum.analysis.forecasts.posterior_forecast import (
    CITY_METRICS,
    MEMBERS,
    predicted_draws,
    registered_rows,
    require_end,
    targets_ahead,
)
from eum.analysis.forecasts.registered import QUANTILES
from eum.calibration.fit.discrepancy import SIZES
from eum.calibration.fit.simulate import simulated_history
from eum.calibration.fit.targets import MARGINS, Target, city_targets
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData, load_city_data
from eum.errors import InputError

OBSERVED_TO, END = datetime.date(2022, 12, 31), datetime.date(2023, 12, 31)
N_DRAWS = 200


class Predicted(NamedTuple):
    """What was predicted of a year after the observations, from one run that stands for all draws."""

    package: CityData
    ahead: tuple[Target, ...]
    draws: np.ndarray
    table: pd.DataFrame


@pytest.fixture(scope="module")
def predicted() -> Predicted:
    """Return predictions of a very small city."""
    package = load_city_data()
    parameters = drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))
    run = simulated_history(build_city(package, 0.0005, 1), parameters, END, 1)
    ahead = targets_ahead(package, OBSERVED_TO, END)
    draws = predicted_draws(package, [run] * N_DRAWS, np.zeros((N_DRAWS, len(SIZES))), ahead, 1)
    return Predicted(package, ahead, draws, registered_rows(ahead, draws))


def test_every_series_has_each_month_once_and_quantiles_in_order(predicted: Predicted) -> None:
    table = predicted.table
    months = table.groupby(["scope", "metric"])["period_start"].agg(["size", "nunique"])
    assert (months == 12).to_numpy().all()
    assert (np.diff(table[QUANTILES].to_numpy(), axis=1) >= 0).all() and (table[QUANTILES] > 0).all(axis=None)
    of_city = set(table.loc[table["scope"] == "incheon", "metric"])
    assert of_city == set(CITY_METRICS) - {"float_cashback", "float_charged"} | {"float_total"}


def test_accounts_ever_opened_never_fall(predicted: Predicted) -> None:
    members = np.array([t.metric == MEMBERS for t in predicted.ahead])
    published = max(t.value for t in city_targets(predicted.package) if t.metric == MEMBERS)
    of_members = predicted.draws[:, members]
    assert (of_members >= published).all() and (np.diff(of_members, axis=1) >= 0).all()
    assert of_members[:, -1].std() > 0


def test_what_is_known_of_discrepancies_fades_so_that_intervals_widen(predicted: Predicted) -> None:
    for group in ("payments", "issuance", "card_payments"):
        spread = [
            predicted.draws[:, n].std()
            for n, t in enumerate(predicted.ahead)
            if t.group == group and t.scope in ("incheon", "card_seo")
        ]
        assert spread[0] < 0.75 * spread[-1], group


def test_amounts_of_margins_are_shares_of_the_city(predicted: Predicted) -> None:
    """Districts' payments come near to the city's: visitors' homes aside, each payment is in a district."""
    table = predicted.table[predicted.table["period_start"] == "2023-06-01"]
    districts = table.loc[table["metric"] == "payments_in_district", "q50"].sum()
    city = table.loc[(table["scope"] == "incheon") & (table["metric"] == "payments"), "q50"].item()
    assert districts == pytest.approx(city, rel=0.15)
    assert any(t.group in MARGINS for t in predicted.ahead)


@pytest.mark.parametrize("text", ["2022-12-31", "2023-12-30", "2023", "2099-12-31"])
def test_an_end_that_cannot_be_predicted_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"END: .*expected"):
        require_end(load_city_data(), text)
