"""A run of the history: parts add up to the city, and the same arguments give the same bits."""

import datetime

import numpy as np
import pandas as pd
import pytest

from eum.behavior.parameters import Parameters
from eum.calibration.fit.definition import load_fit
from eum.calibration.fit.learn import history_targets
from eum.calibration.fit.simulate import (
    HISTORY_START,
    KEPT_BY_DAY,
    LARGE_USERS_KRW,
    SimulatedHistory,
    history_policy,
    simulated_history,
)
from eum.calibration.fit.targets import simulated_values
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData, load_city_data
from eum.dimensions import DISTRICTS, SECTORS
from eum.policy.model import LARGEST_BUDGET_KRW

SCALE, SEED = 0.0005, 3
END = datetime.date(2019, 8, 31)


@pytest.fixture(scope="module")
def package() -> CityData:
    """Return the shipped data."""
    return load_city_data()


@pytest.fixture(scope="module")
def parameters(package: CityData) -> Parameters:
    """Return parameters near the record, at which there is something to add up."""
    return drawn_parameters(package, ParameterDraw("causal", CENTRAL, SEED))._replace(**load_fit("fit-history").centre)


@pytest.fixture(scope="module")
def history(package: CityData, parameters: Parameters) -> SimulatedHistory:
    """Return eight months of a twentieth of a percent of the city."""
    return simulated_history(build_city(package, SCALE, SEED), parameters, END, SEED)


@pytest.fixture(scope="module")
def months(history: SimulatedHistory) -> pd.DataFrame:
    """Return values by month, a column for each scope and metric."""
    return history.months.pivot(index="month", columns=["scope", "metric"], values="value")


def by_month(history: SimulatedHistory, column: str) -> np.ndarray:
    """Return sums of days by month."""
    return history.days.groupby(history.days["date"].str[:7])[column].sum().to_numpy()


def of_scopes(months: pd.DataFrame, scopes: list[str], metric: str) -> np.ndarray:
    """Return the sum over scopes by month."""
    return months[[(scope, metric) for scope in scopes]].sum(axis=1).to_numpy()


def test_every_day_and_month_is_there_once(history: SimulatedHistory) -> None:
    assert history.days["date"].iloc[[0, -1]].tolist() == [HISTORY_START.isoformat(), END.isoformat()]
    assert len(history.days) == (END - HISTORY_START).days + 1 == history.days["date"].nunique()
    assert not history.months.duplicated(["month", "scope", "metric"]).any()
    assert history.months["month"].nunique() == 8
    assert (history.days[list(KEPT_BY_DAY)] >= 0).all(axis=None)


def test_trades_add_up_to_the_payments_of_the_city(history: SimulatedHistory, months: pd.DataFrame) -> None:
    paid = by_month(history, "card_payments_krw")
    assert paid[-1] > 1e9
    assert of_scopes(months, [f"trade_{s}" for s in SECTORS], "payments") == pytest.approx(paid, rel=1e-9)


def test_districts_of_shops_add_up_to_the_payments_of_the_city(history: SimulatedHistory, months: pd.DataFrame) -> None:
    found = of_scopes(months, list(DISTRICTS), "payments_in_district")
    assert found == pytest.approx(by_month(history, "card_payments_krw"), rel=1e-9)


@pytest.mark.parametrize(("metric", "column"), [("payments", "card_payments_krw"), ("issuance", "issued_krw")])
def test_brands_add_up_to_the_city(history: SimulatedHistory, months: pd.DataFrame, metric: str, column: str) -> None:
    brands = of_scopes(months, ["card_incheon", *(f"card_{d}" for d in DISTRICTS)], metric)
    assert brands == pytest.approx(by_month(history, column), rel=1e-9)


def test_own_money_and_cashback_held_are_what_came_in_less_what_was_spent(
    history: SimulatedHistory, months: pd.DataFrame
) -> None:
    came = (by_month(history, "issued_krw") + by_month(history, "cashback_krw")).cumsum()
    held = (months["incheon", "float_charged"] + months["incheon", "float_cashback"]).to_numpy()
    assert held == pytest.approx(came - by_month(history, "card_payments_krw").cumsum(), rel=1e-6, abs=1)


def test_users_with_large_payments_are_fewer_the_larger_and_pay_more_than_the_edge(months: pd.DataFrame) -> None:
    users, paid = (
        months[[("incheon", f"{counted}_above_{edge}") for edge in LARGE_USERS_KRW]].to_numpy()
        for counted in ("users", "charged")
    )
    assert (np.diff(users, axis=1) <= 0).all() and users[-1, 0] > users[-1, 1] > 0
    assert (paid >= users * np.array(LARGE_USERS_KRW)).all()


def test_nobody_holds_a_card_on_the_first_morning(history: SimulatedHistory) -> None:
    assert history.days["subscribers"].iloc[0] < 0.01 * history.days["subscribers"].iloc[-1]


def test_the_same_arguments_give_the_same_bits_and_another_seed_does_not(
    package: CityData, parameters: Parameters
) -> None:
    last = datetime.date(2019, 3, 31)
    runs = [simulated_history(build_city(package, SCALE, s), parameters, last, s) for s in (SEED, SEED, SEED + 1)]
    for first, again in zip(runs[0], runs[1], strict=True):
        pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not runs[0].days.equals(runs[2].days)


def test_every_target_can_be_read(package: CityData, history: SimulatedHistory) -> None:
    targets = history_targets(package, END).targets
    values = simulated_values(package, [history], targets)
    assert values.shape == (1, len(targets)) and np.isfinite(values).all()


def test_only_the_citys_cashback_never_runs_out() -> None:
    endless = {b.id for b in history_policy().budget if b.amount_krw == LARGEST_BUDGET_KRW}
    cashback = {b.id for b in history_policy().budget if (b.payer, b.purpose) == ("city", "cashback")}
    assert cashback and endless == cashback
