"""All designs, for every family of evidence and several seeds, and what each amounts to."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from eum.analysis.validation.evaluation_designs.before_after import before_after, one_percent_of_outflow
from eum.analysis.validation.evaluation_designs.diff_in_diff import across_districts, require_estimators
from eum.analysis.validation.evaluation_designs.estimate import NONE_GIVEN, EstimateRow, estimate_summary
from eum.analysis.validation.evaluation_designs.merchant_panel import merchant_panel
from eum.analysis.validation.evaluation_designs.simulated_data import (
    POLICY,
    SimulatedSeries,
    number_of_days,
    simulated_series,
    worlds_of,
)
from eum.analysis.validation.evaluation_designs.user_survey import survey
from eum.behavior.parameters import Parameters
from eum.calibration.central import calibrated_family
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import CityData
from eum.errors import InputError
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import effect_table
from eum.policy.files import load_policy
from eum.policy.model import Policy

TRUTH = "truth"
"""Design of the rows that are no design: the ladder of definitions of the same months, per won of cashback."""

DAYS_OF_SURVEY = 31

PUBLISHED_ACCOUNTING = {
    "plain_sum": ("E2 plain sum", 1.0),
    "outflow_inflow_output": ("E3 (outflow avoided", 1.0),
    "outflow_only": ("E8 outflow avoided", 1.0),
    "won_of_card_payments": ("extra sales per extra 1m of card payments", 0.01),
    "large_or_online": ("payments that would have gone to large stores or online", 0.01),
    "outside": ("payments that would have gone outside the city", 0.01),
    "new": ("net new consumption", 0.01),
    "users_large_or_online": ("moved from large to small shops", 0.01),
}
"""Measure -> the figure of data/studies.csv that its kind of study printed (how its estimand begins), and its unit."""


class EvaluationConfig(NamedTuple):
    """What the table is made for."""

    families: tuple[str, ...]
    scale: float
    seeds: tuple[int, ...]

    @property
    def n_days(self) -> int:
        """Days that are simulated in all."""
        return len(self.families) * len(self.seeds) * (number_of_days() + DAYS_OF_SURVEY)


def effect_definitions(
    series: SimulatedSeries, policy: Policy, package: CityData, draw: ParameterDraw, parameters: Parameters
) -> list:
    """Return the ladder of definitions of the whole programme, won per won of cashback: findings without estimate."""
    rungs = effect_table(series.tables, series.scale, (CITY,), coefficients(package, draw, parameters))
    rungs = rungs[(rungs["policy"] == policy.name) & (rungs["denominator"] == "cashback")]
    known = dict(zip(rungs["rung"], rungs["ratio"], strict=True))
    known["one_percent_of_outflow"] = one_percent_of_outflow(series)
    return [
        EstimateRow(TRUTH, name, NONE_GIVEN, NONE_GIVEN, NONE_GIVEN, ratio, NONE_GIVEN) for name, ratio in known.items()
    ]


def evaluate(
    package: CityData, family: str, scale: float, seed: int, on_day: Callable[[], object] = lambda: None
) -> list[EstimateRow]:
    """Return what every design reports in one city at the centre of a family. Shops are as many as fit its residents,
    so that each sees all of its customers."""
    city, policy = build_city(package, scale, seed, shop_scale=scale), load_policy(POLICY)
    parameters = calibrated_family(package, family, 1).parameters
    series = simulated_series(city, parameters, worlds_of(policy), seed, on_day)
    found = [
        *before_after(series, package),
        *across_districts(series, policy),
        *merchant_panel(series),
        *survey(city, parameters, seed),
        *effect_definitions(series, policy, package, ParameterDraw(family, CENTRAL, 1), parameters),
    ]
    for _ in range(DAYS_OF_SURVEY):
        on_day()
    return found


def published_multiplier(package: CityData) -> dict[str, float]:
    """Return what was printed for the measures that some study printed, in the unit of the measure."""
    studies = package.table("studies")
    found = {}
    for measure, (begins, factor) in PUBLISHED_ACCOUNTING.items():
        rows = studies[studies["estimand_definition"].str.startswith(begins)]
        if rows.empty:
            raise InputError(f"data/studies.csv: {begins}: expected a row whose estimand_definition begins so")
        found[measure] = factor * float(rows["value"].iloc[0])
    return found


def evaluation_table(
    package: CityData, config: EvaluationConfig, on_day: Callable[[], object] = lambda: None
) -> pd.DataFrame:
    """Return one row per family, design and measure (`finding.COLUMNS`): estimates beside truths over the seeds."""
    require_estimators()
    parts = []
    for family in config.families:
        for seed in config.seeds:
            part = pd.DataFrame(evaluate(package, family, config.scale, seed, on_day))
            parts.append(part.assign(family=family, seed=seed))
    table = estimate_summary(pd.concat(parts, ignore_index=True), config.scale)
    return table.assign(published=table["measure"].map(published_multiplier(package)))
