"""What the tests of forecasts share: predictions and observations made by hand, and sums of the open monthly panel."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.forecasts.known_rates import month_days, months_between
from eum.analysis.forecasts.registered import FORECAST_COLUMNS, PERIOD_KEY, QUANTILES, read_observations

MONTHLY = Path(__file__).with_name("monthly.csv")
"""Sums of data-go-kr-15067973 by month, July 2020 to December 2022, for a few places."""


@pytest.fixture(scope="session")
def monthly() -> pd.DataFrame:
    """Return the sums of the panel as observations."""
    return read_observations(MONTHLY)


def predictions(spread: float = 0.1, scopes: tuple[str, ...] = ("incheon", "seo", "gyeyang")) -> pd.DataFrame:
    """Return predictions of 100 won, whose quantiles are e to the multiples -2, -1, 0, 1, 2 of the spread of that."""
    months = [month_days(month) for month in months_between("2021-01", "2021-06")]
    rows = pd.DataFrame([(*days, scope) for scope in scopes for days in months], columns=PERIOD_KEY[:3])
    rows = rows.assign(metric="payments", unit="krw")
    rows[QUANTILES] = 100 * np.exp(spread * np.arange(-2, 3))
    return rows[FORECAST_COLUMNS]


def observations(rows: pd.DataFrame, factors: np.ndarray) -> pd.DataFrame:
    """Return observations of predictions: their medians times factors."""
    return rows[PERIOD_KEY].assign(value=rows["q50"] * factors, unit=rows["unit"])
