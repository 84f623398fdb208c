"""Rows: the programme simulated in expectation at one point of the prior, and what is kept of it.

A row keeps what it simulated (days, payments by home and trade, sizes), not moments, so that moments, discrepancies and
windows can change without living anything again.
"""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, achieved_shares, inference_tables, targets_of, updated_parameters
from eum.calibration.bayes.definition import FitDefinition
from eum.calibration.bayes.parameters import fit_parameters, stated_of, values_of
from eum.calibration.expectation import Expected, expect_worlds, infer_in_expectation
from eum.calibration.fitted import PRIOR
from eum.calibration.priors import CENTRAL, INFERRED, ParameterDraw, coefficients, drawn_parameters
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import DISTRICTS, EFFECTS, N_ALTERNATIVES, N_DISTRICTS, ORIGINS, PLUS, SECTORS
from eum.engine.expected.model import Expectation
from eum.engine.expected.paces import times_by_tier
from eum.engine.expected.state import DAILY
from eum.engine.scenarios import ScenarioSet
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.tasks import TaskTables

SHOCKED, PLAIN = "shocked", "plain"
"""Worlds of a row: with the stated index of the epidemic, which a fit is held against, and without it."""

EDGES_KRW = (300_000, 500_000, 1_000_000, 2_000_000)
"""Won a month that size classes of users are published for."""
_JULY, _JULY_DAYS = "incheon-2019-july", (datetime.date(2019, 7, 1), datetime.date(2019, 7, 31))
_ROUNDS = 2


class SimulationJob(NamedTuple):
    """Rows to be simulated; everything their tables depend on."""

    package: CityData
    definition: FitDefinition
    family: str
    points: np.ndarray
    """float64[n, k]: see `eum.calibration.bayes.parameters`."""
    centre: Inference
    """Choices at the centre of the family, which a row's own choices start from."""


def programme(definition: FitDefinition) -> Policy:
    """Return the policy of a fit without its grants, which expectation cannot simulate."""
    return load_policy(definition.policy).model_copy(update={"grant": ()})


class CentralSimulationJob(NamedTuple):
    """A family whose choices are to be found at its centre, on the data of a city."""

    package: CityData
    family: str


def central_simulation_tables(job: CentralSimulationJob) -> TaskTables:
    """Return the choices at the centre of a family, as tables to be kept."""
    return inference_tables(infer_in_expectation(job.package, job.family, 1, PRIOR))


def _choices(job: SimulationJob, point: np.ndarray, city: City, start: Parameters) -> Parameters:
    """Infer choices so that July 2019 has the point's stated classes; how much is paid is what is fitted, and stays."""
    draw = ParameterDraw(job.family, CENTRAL, job.definition.seed, source=PRIOR)
    aim = targets_of(city.package, draw, stated_of(job.package, job.family, point))
    setting = ScenarioSet([load_policy("none"), load_policy(_JULY)], [(0, 1)], *_JULY_DAYS)
    parameters = start
    for _ in range(_ROUNDS):
        expected = expect_worlds(city, parameters, setting, job.definition.seed)
        got = achieved_shares(expected, ("none", _JULY), aim.counting)
        parameters = updated_parameters(parameters, aim, got)
    return parameters


def _start(job: SimulationJob, values: dict[str, float]) -> Parameters:
    draw = ParameterDraw(job.family, CENTRAL, job.definition.seed, source=PRIOR)
    chosen = {name: v for name, v in values.items() if name in Parameters._fields}
    from_centre = {name: getattr(job.centre.parameters, name) for name in INFERRED if name not in values}
    return drawn_parameters(job.package, draw)._replace(**from_centre, **chosen)


def rows_tables(job: SimulationJob) -> TaskTables:
    """Live rows; return their tables, stacked: daily, homes, trades, sizes, tickets, headline and parameters."""
    rows = [_row_tables(job, point) for point in job.points]
    return {name: pd.concat([row[name] for row in rows], ignore_index=True) for name in rows[0]}


def _row_tables(job: SimulationJob, point: np.ndarray) -> TaskTables:
    values = values_of(job.package, point)
    of_city = {p.name: values[p.name] for p in fit_parameters(job.package) if p.applies == "city"}
    package = job.package.with_values(of_city)
    city = build_city(package, job.definition.size.scale, job.definition.seed)
    parameters = _choices(job, point, city, _start(job, values))
    draw = ParameterDraw(job.family, CENTRAL, job.definition.seed, source=PRIOR)
    kept: dict[str, list[pd.DataFrame]] = {}
    headline = pd.DataFrame()
    for world, strength in ((SHOCKED, 1.0), (PLAIN, 0.0)):
        p = parameters._replace(shock_strength=strength)
        period = (job.definition.start, job.definition.end)
        expected = Expected(city, p, coefficients(package, draw, p), period)
        expectation = Expectation(expected.prepared, programme(job.definition))
        for name, table in _simulate(expectation).items():
            kept.setdefault(name, []).append(table.assign(world=world))
        if world == PLAIN:
            headline = _headline(expected, expectation)
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in kept.items()}
    used = {name: float(v) for name, v in parameters._asdict().items()}
    return {
        **tables,
        "headline": headline,
        "parameters": pd.DataFrame({"name": list(used), "value": list(used.values())}),
    }


def _headline(expected: Expected, expectation: Expectation) -> pd.DataFrame:
    """Return the headline numbers of the whole window: s and ratio of every rung, and cost per won of payments."""
    outcome = expected.outcome(expectation)
    headline = {"rho": outcome.fiscal_cost_krw / outcome.card_payments_krw}
    for rung, krw in outcome.effect_krw.items():
        if rung != EFFECTS[0]:  # of gross use s is one
            headline[f"s {rung}"] = krw / outcome.card_payments_krw
        headline[f"ratio {rung}"] = outcome.ratio[rung]
    return pd.DataFrame({"name": list(headline), "value": list(headline.values())})


def _month_ends(start: datetime.date, end: datetime.date) -> list[datetime.date]:
    days = [start + datetime.timedelta(days=n) for n in range((end - start).days + 1)]
    return [day for day in days if (day + datetime.timedelta(days=1)).day == 1]


def _simulate(expectation: Expectation) -> TaskTables:
    """Live a world month by month; return what is kept of every month's end (payments since the first day)."""
    n = len(expectation.prepared.population.affinity)
    assert n == 4
    homes, trades, sizes, tickets = [], [], [], []
    scale = expectation.prepared.city.scale
    for until in _month_ends(expectation.start, expectation.end):
        expectation.simulate(until)
        card, day = expectation.account.card / scale, until.isoformat()
        inside = [_inside(card[d], d) if d < N_DISTRICTS else 0.0 for d in range(len(ORIGINS))]
        homes.append(pd.DataFrame({"until": day, "home": ORIGINS, "krw": card.sum(axis=(1, 2)), "inside_krw": inside}))
        trades.append(pd.DataFrame({"until": day, "trade": SECTORS, "krw": card.sum(axis=(0, 2))}))
        sizes.append(_sizes(expectation, day))
        tickets.append(_tickets(expectation, day))
    daily = pd.DataFrame(expectation.daily / scale, columns=list(DAILY))
    days = [expectation.start + datetime.timedelta(days=n) for n in range(len(daily))]
    daily.insert(0, "date", [day.isoformat() for day in days])
    parts = {"homes": homes, "trades": trades, "sizes": sizes, "tickets": tickets}
    return {"daily": daily, **{name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}}


def _inside(card: np.ndarray, district: int) -> float:
    """Return won paid (float64[9, 34]) at ordinary and Plus shops of one district."""
    assert card.shape[1] == N_ALTERNATIVES + N_DISTRICTS == PLUS + N_DISTRICTS
    return float(card[:, district].sum() + card[:, PLUS + district].sum())


def _scopes(expectation: Expectation) -> dict[str, np.ndarray]:
    """Return bool[G] by name: groups of residents of the city, and of each district."""
    home = expectation.groups.home
    return {"": home < N_DISTRICTS, **{name: home == d for d, name in enumerate(DISTRICTS)}}


def _sizes(expectation: Expectation, day: str) -> pd.DataFrame:
    """Return users of the month, and their won, below each edge: the month of a cell is a gamma of two moments."""
    month, mass = expectation.month, expectation.world.desk.mass
    mean, variance = np.maximum(month.latent, 1e-9), np.maximum(month.variance, 1e-9)
    shape, scale = mean**2 / variance, variance / mean
    rows = []
    for edge in EDGES_KRW:
        users = special.gammainc(shape, edge / scale) * mass
        won = special.gammainc(shape + 1, edge / scale) * mass * mean
        for scope, own in _scopes(expectation).items():
            parts = [users[own].sum(), won[own].sum(), mass[own].sum(), (mass * mean)[own].sum()]
            rows.append((day, scope, edge, *map(float, parts)))
    return pd.DataFrame(rows, columns=["until", "area", "edge_krw", "users_below", "krw_below", "users", "krw"])


def _tickets(expectation: Expectation, day: str) -> pd.DataFrame:
    """Return won and number of card payments of the last day, by home."""
    desk = expectation.world.desk
    each = np.einsum("galk,gkal->gal", desk.evening.tier, times_by_tier(desk.pace, desk.evening.forgetful)) * desk.mass
    each *= expectation.plan.factor[expectation.n_lived - 1]
    won = desk.evening.paid * desk.mass
    rows = [(day, scope, float(won[own].sum()), float(each[own].sum())) for scope, own in _scopes(expectation).items()]
    return pd.DataFrame(rows, columns=["until", "area", "krw", "times"])
