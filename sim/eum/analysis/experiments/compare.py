"""Any number of policies side by side: cost and who pays, every definition of the effect, who gains, until when.

All policies of a run share the city and every draw with the world without any, in one pass, so that a difference
between two of them is known far better than either: it is taken within each run, and its interval over the runs.
Several seeds give what the draws alone move; draws of the parameters also what is not known of people and shops.
"""

import datetime
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.comparison_figures import (
    COST,
    DENOMINATOR,
    EFFECT,
    GAIN,
    NO_POLICY,
    PAID_BY,
    PER_CASHBACK,
    run_rows,
)
from eum.analysis.experiments.ensemble import drawn_calibration
from eum.analysis.experiments.run import RunConfig, reference_of, setting_for
from eum.analysis.experiments.states_of_the_world import families_of_states
from eum.calibration.anchoring import Inference, calibrated_choices
from eum.calibration.carried_start import start_of
from eum.calibration.central import INFERENCE_SCALE, calibrated_family
from eum.calibration.mechanisms import without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import CityData
from eum.engine.scenarios import run_worlds
from eum.errors import InputError
from eum.intervals import NONE, Interval, extremes, mean_interval, percentile_interval
from eum.policy.files import load_policy

COMPARISON_COLUMNS = (
    *(
        "family",
        "start",
        "end",
        "scale",
        "seed",
        "parameters",
        "policy",
        "relative_to",
        "group",
        "measure",
        "unit",
        "denominator",
    ),
    *("value", "low", "high", "interval", "n_runs", "note"),
)
"""Columns of the table of a comparison. `relative_to`: none, or the policy whose figures are taken off within each run.
`interval`: kind of `low` and `high` (eum.intervals). `note`: a date, or what stands for a ratio. `seed`: the first.
`parameters`: posterior, or prior where fitted ones come from their priors."""

EQUAL_COST = 0.001
"""An additional cost below this part of the other policy's own (the tolerance of `eum decide break-even`) is next to
none: there is no ratio over it."""


class Runs(NamedTuple):
    """How often a comparison is run: seeds at the centre, or draws of the parameters, each with a seed of its own."""

    n_seeds: int
    n_draws: int

    @property
    def units(self) -> list[tuple[int, int]]:
        """Draw and what is added to the seed, of each run."""
        if self.n_draws:
            return [(draw, 1000 + draw) for draw in range(1, self.n_draws + 1)]
        return [(CENTRAL, i) for i in range(self.n_seeds)]

    @property
    def words(self) -> str:
        """What the runs are, in words."""
        return (
            "draws of the parameters, each with a seed of its own"
            if self.n_draws
            else "seeds, parameters at their centres"
        )


def requests_by_family(request: RunConfig) -> dict[str, RunConfig]:
    """Return the request of each requested family.

    Raises InputError for an unknown one, and for a file of a policy that has the name of no policy at all.
    """
    for given in request.policies:
        if given != "none" and load_policy(given).name == "none":
            raise InputError(
                f"policies: none and {given} are both called 'none', after the file; expected another name"
            )
    return {family: request._replace(family=family) for family in families_of_states(request.family)}


def _inferred(package: CityData, draw: ParameterDraw, centre: Inference) -> Inference:
    if draw.draw == CENTRAL:
        return centre
    city = build_city(package, INFERENCE_SCALE, draw.seed)
    return calibrated_choices(city, draw, drawn_calibration(package, draw, centre.parameters), centre.achieved)


def _family_rows(
    package: CityData, request: RunConfig, runs: Runs, threads: int, on_day: Callable[[], object]
) -> Iterator[pd.DataFrame]:
    setting, reference = setting_for(request), reference_of(request)
    changed, off = without_mechanisms(package, request.without)
    centre = calibrated_family(package, request.family, request.seed, request.parameter_source)
    for run, (draw, more) in enumerate(runs.units):
        parameter_draw = ParameterDraw(request.family, draw, request.seed, source=request.parameter_source)
        parameters = off(_inferred(package, parameter_draw, centre).parameters)
        city = build_city(changed, request.scale, request.seed + more)
        start = start_of(city, parameters, setting.start, threads)
        tables = run_worlds(city, parameters, setting, request.seed + more, threads, on_day, start_state=start)
        c = coefficients(changed, parameter_draw, parameters)
        yield run_rows(tables, request.scale, c, reference).assign(family=request.family, run=run)


def comparison_table(
    package: CityData, request: RunConfig, runs: Runs, threads: int, on_day: Callable[[], object]
) -> pd.DataFrame:
    """Return the table of a comparison in every requested family; see COLUMNS. A single run has no interval."""
    rows = [
        part
        for mine in requests_by_family(request).values()
        for part in _family_rows(package, mine, runs, threads, on_day)
    ]
    return figure_intervals(pd.concat(rows, ignore_index=True), request, runs)


class FigureKey(NamedTuple):
    """What a figure is of."""

    family: str
    policy: str
    relative_to: str
    group: str
    measure: str
    unit: str


def figure_intervals(rows: pd.DataFrame, request: RunConfig, runs: Runs) -> pd.DataFrame:
    """Return one row per figure from those of all runs (`comparison_figures.ROW`, family, run); see COLUMNS.

    Draws: median, 5th and 95th percentile. Seeds: mean and the 90 % interval of the mean. Dates: lower median, earliest
    and latest. A ratio of differences stands only where the additional cost is above zero in every run and in its
    interval; otherwise the note says what is saved or gained.
    """
    of_mean, found = percentile_interval if runs.n_draws else mean_interval, {}
    by_run: dict[FigureKey, np.ndarray] = {}
    for key, part in rows.groupby(list(FigureKey._fields), sort=False):
        values = by_run[FigureKey(*map(str, key))] = part["value"].to_numpy()
        found[FigureKey(*map(str, key))] = extremes(values) if key[-1] == "date" else of_mean(values)
    paying = {key.measure for key, values in by_run.items() if values.any()}
    figures = [
        (*key, *_stated(key, found, by_run))
        for key in found
        if key.measure in paying or not key.measure.startswith(PAID_BY)
    ]
    table = pd.DataFrame(figures, columns=[*FigureKey._fields, "value", "low", "high", "n_runs", "interval", "note"])
    table["start"], table["end"] = request.start.isoformat(), request.end.isoformat()
    table["scale"], table["seed"], table["parameters"] = request.scale, request.seed, request.parameter_source
    return table.assign(denominator=table["group"].map(DENOMINATOR).fillna(""))[list(COMPARISON_COLUMNS)]


def _parts(key: FigureKey, by_run: dict[FigureKey, np.ndarray]) -> np.ndarray:
    """Return an additional cost, run by run, as a part of the other policy's own; its sign where that costs nothing."""
    more, own = by_run[key], by_run[key._replace(policy=key.relative_to, relative_to=NO_POLICY)]
    return np.where(own > 0, more / np.where(own > 0, own, 1.0), np.sign(more))


def _stated(
    key: FigureKey, found: dict[FigureKey, Interval], by_run: dict[FigureKey, np.ndarray]
) -> tuple[float, float, float, int, str, str]:
    """Return value, low, high, number of runs, kind of interval and note of a figure."""
    seen = found[key]
    if key.unit == "date":
        return (*seen[:4], seen.kind, date_words(seen))
    if key.relative_to == NO_POLICY or key.group not in (EFFECT, PER_CASHBACK):
        return (*seen[:4], seen.kind, "")
    cost = key._replace(group=COST, measure="cashback" if key.group == PER_CASHBACK else "fiscal cost", unit="krw")
    parts = _parts(cost, by_run)
    if _is_clear(parts) and not found[cost].low <= 0:
        return (*seen[:4], seen.kind, "")
    gain = found[key._replace(group=GAIN, unit="krw")]
    return np.nan, np.nan, np.nan, seen.n, NONE, _trade_words(parts, found[cost].value, gain.value)


def _is_clear(parts: np.ndarray) -> bool:
    """Return whether an additional cost (part of the other policy's own, by run) is above next to none in every run."""
    return bool((parts > EQUAL_COST).all())


def krw_words(krw: float) -> str:
    """Return an amount in 억원, with as many digits as it takes to see three."""
    amount = abs(krw) / 1e8
    return f"{amount:,.{0 if amount >= 1000 else 1 if amount >= 10 else 2}f}"


def _trade_words(parts: np.ndarray, cost_krw: float, gain_krw: float) -> str:
    """Return in words what a change saves or costs and gains or loses (억원), where a ratio would mislead."""
    gains = f"{'gains' if gain_krw >= 0 else 'loses'} {krw_words(gain_krw)}"
    if (parts < -EQUAL_COST).all():
        return f"saves {krw_words(cost_krw)}, {gains}"
    if (np.abs(parts) <= EQUAL_COST).all():
        return f"costs {krw_words(cost_krw)} {'more' if cost_krw >= 0 else 'less'}, {gains}"
    if _is_clear(parts):
        return f"cost not surely more, {gains}"
    return f"dearer in {int((parts > EQUAL_COST).sum())} of {len(parts)} runs, {gains}"


def date_words(seen: Interval) -> str:
    """Return the day on which a budget runs out: median, and earliest and latest where they differ."""

    def day(value: float) -> str:
        return datetime.date.fromordinal(int(value)).isoformat() if np.isfinite(value) else "lasts"

    return day(seen.value) if seen.low == seen.high else f"{day(seen.value)} ({day(seen.low)} to {day(seen.high)})"
