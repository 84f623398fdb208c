"""Which points are tried: each factor alone first, then a Saltelli design over those that matter."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.sensitivity.evaluate_point import (
    POINT_COLUMNS,
    PointSettings,
    expected_ratios,
    simulated_ratios,
    values_at,
    world_at,
)
from eum.analysis.sensitivity.factors import FITTED, MIDDLE, STATED, question_at
from eum.calibration.priors import POSTERIOR_DRAW, SHARES, fitted_parameters
from eum.city.build import build_city
from eum.extras import extra
from eum.runner.tasks import Task, TaskTables

with extra("calibration"):
    from SALib.sample.sobol import sample  # type: ignore[import-untyped]

ENDS = (0.05, 0.95)
"""Quantiles between which a factor is moved alone: the ends of its 90 % range."""

OTHERS = "all other parameters"
"""The factor that joins the parameters without an index of their own."""

ROUNDING = 1e-9
"""A swing up to this is rounding: the factor moves nothing."""

A, B = "a", "b"
_SMALLEST = 2.0**-40


class Alone(NamedTuple):
    """A factor to be moved alone (`""`: none), all others at their middle."""

    common: PointSettings
    factor: str


def alone_tables(job: Alone) -> TaskTables:
    """Return the ratios with one factor at the ends of its range, or with none moved, by family."""
    rows = []
    for family in job.common.definition.families:
        for end in ENDS if job.factor else (MIDDLE,):
            ratios = expected_ratios(job.common, world_at(job.common, family, {job.factor: end}))
            rows.append({"factor": job.factor, "family": family, "quantile": end, **ratios})
    return {"alone": pd.DataFrame(rows)}


def alone_units(common: PointSettings) -> list[Task]:
    """Return the units that move each factor alone, and the one that moves none."""
    names = ["", *(factor.name for factor in common.factors)]
    return [Task(f"alone-{name or 'none'}", alone_tables, Alone(common, name)) for name in names]


def swings(alone: pd.DataFrame) -> pd.DataFrame:
    """Return how far each factor alone moves the ratios: factor, family and a column per ratio.

    The largest less the smallest of the two ends and the middle, as a part of the largest size that the ratio has in
    the middle of any family, so that a ratio near zero in one of them does not make everything there look large.
    """
    columns, middle = list(POINT_COLUMNS), alone[alone["factor"] == ""]
    size = middle[columns].abs().max()
    rows = []
    for (factor, family), part in alone[alone["factor"] != ""].groupby(["factor", "family"], sort=False):
        seen = pd.concat([part, middle[middle["family"] == family]])[columns]
        rows.append({"factor": factor, "family": family, **((seen.max() - seen.min()) / size).to_dict()})
    return pd.DataFrame(rows)


def strongest(found: pd.DataFrame) -> pd.Series:
    """Return the largest swing of each factor over families and ratios, the strongest first."""
    most = found.set_index("factor")[list(POINT_COLUMNS)].max(axis=1).groupby(level=0, sort=False).max()
    return most.sort_values(ascending=False, kind="stable")


def groups_of(most: pd.Series, n_alone: int) -> dict[str, list[str]]:
    """Return the factors of the design, each with the names that it moves: the strongest on their own, the shares that
    a family states, the row of the posterior, and all others that move anything."""
    moving = [str(name) for name in most.index[most.to_numpy() > ROUNDING]]
    groups = {STATED: list(SHARES), FITTED: [POSTERIOR_DRAW], **{name: [name] for name in moving[:n_alone]}}
    return {**groups, OTHERS: moving[n_alone:]} if len(moving) > n_alone else groups


class Design(NamedTuple):
    """A Saltelli design: quantiles float64[n_points, n_groups + 2, n_names] in the open interval (0, 1)."""

    groups: dict[str, list[str]]
    quantiles: np.ndarray

    @property
    def names(self) -> list[str]:
        """Names of the last axis."""
        return [name for members in self.groups.values() for name in members]

    @property
    def rows(self) -> list[str]:
        """Names of the middle axis: the first sample, it with each group taken from the second, the second."""
        return [A, *self.groups, B]

    def at(self, point: int, row: int) -> dict[str, float]:
        """Return the quantiles of one row of one point, by name."""
        return dict(zip(self.names, self.quantiles[point, row].tolist(), strict=True))


def saltelli(groups: dict[str, list[str]], n_points: int, seed: int) -> Design:
    """Return the design of Saltelli et al. (2010) from a scrambled Sobol sequence (SALib), n_points a power of two."""
    names = [name for members in groups.values() for name in members]
    owners = [group for group, members in groups.items() for _ in members]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), "groups": owners}
    points = sample(problem, n_points, calc_second_order=False, scramble=True, seed=seed)
    inside = np.clip(points, _SMALLEST, 1 - 2.0**-30)
    return Design(groups, inside.reshape(n_points, len(groups) + 2, len(names)))


class Point(NamedTuple):
    """One point of the design, all its rows."""

    common: PointSettings
    design: Design
    """Of one point only."""
    number: int


def point_tables(job: Point) -> TaskTables:
    """Return the ratios of a point's rows in every family; and of both samples the values that the ratios are of."""
    ratios, values = [], []
    for row, name in enumerate(job.design.rows):
        quantiles = job.design.at(0, row)
        for family in job.common.definition.families:
            world, key = world_at(job.common, family, quantiles), {"point": job.number, "row": name, "family": family}
            ratios.append({**key, "misfit": world.misfit, **expected_ratios(job.common, world)})
            if name in (A, B):
                stated = {share: world.found.stated[share] for share in SHARES}
                fitted = fitted_parameters(job.common.package, question_at(family, 0, quantiles))
                values.append({**key, **stated, **fitted, **values_at(job.common, quantiles)})
    return {"ratios": pd.DataFrame(ratios), "values": pd.DataFrame(values)}


def point_units(common: PointSettings, design: Design) -> list[Task]:
    """Return a unit for each point of a design."""
    jobs = [
        Point(common, design._replace(quantiles=design.quantiles[i : i + 1]), i) for i in range(len(design.quantiles))
    ]
    return [Task(f"point-{job.number:05d}", point_tables, job) for job in jobs]


class DesignCell(NamedTuple):
    """One point of a family, to be simulated by the crowd."""

    common: PointSettings
    family: str
    number: int
    quantiles: dict[str, float]


def cell_tables(job: DesignCell) -> TaskTables:
    """Return the ratios of a point by population and run of the crowd, every draw of its own."""
    definition, world = job.common.definition, world_at(job.common, job.family, job.quantiles)
    rows = []
    for population in range(definition.crowd.n_populations):
        drawn = definition.seed + 1000 * (job.number * definition.crowd.n_populations + population + 1)
        city = build_city(world.package, definition.crowd.scale, drawn)
        for run in range(definition.crowd.n_runs):
            key = {"point": job.number, "family": job.family, "population": population, "run": run}
            rows.append({**key, **simulated_ratios(job.common, world, city, drawn + run)})
    return {"lived": pd.DataFrame(rows)}


def cell_units(common: PointSettings, design: Design) -> list[Task]:
    """Return a unit for each family at each of the first points of a design."""
    return [
        Task(f"cell-{family}-{i:05d}", cell_tables, DesignCell(common, family, i, design.at(i, 0)))
        for family in common.definition.families
        for i in range(common.definition.crowd.n_points)
    ]
