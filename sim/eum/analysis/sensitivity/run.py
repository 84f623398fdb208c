"""All that an analysis runs, in units that are kept as they finish: centres, factors alone, the design, the crowd."""

import inspect
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.sensitivity import design as design_
from eum.analysis.sensitivity import evaluate_point as worlds_
from eum.analysis.sensitivity import factors as factors_
from eum.analysis.sensitivity.definition import SensitivityDefinition
from eum.analysis.sensitivity.design import (
    Design,
    alone_units,
    cell_units,
    groups_of,
    point_units,
    saltelli,
    strongest,
    swings,
)
from eum.analysis.sensitivity.evaluate_point import POINT_COLUMNS, PointSettings
from eum.analysis.sensitivity.factors import factors_of
from eum.analysis.sensitivity.sobol_indices import Outputs
from eum.calibration.anchoring import Inference, inference_of, inference_tables
from eum.calibration.expectation import infer_in_expectation
from eum.calibration.runnable import require_runnable
from eum.city.data import CityData
from eum.engine.scenarios import scenarios_beside_none
from eum.policy.files import load_policy
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

_HUNDRED = 100.0
"""Ratios are reported per 100 won."""


class CentralPointJob(NamedTuple):
    """The family whose choices are inferred at the centre of its priors."""

    package: CityData
    family: str
    seed: int


def central_point_tables(job: CentralPointJob) -> TaskTables:
    """Return the choices at the centre of a family as tables."""
    return inference_tables(infer_in_expectation(*job))


class SensitivityRuns(NamedTuple):
    """All that was run."""

    common: PointSettings
    left: list[str]
    """Names with ranges that are left out."""
    swings: pd.DataFrame
    design: Design
    ratios: pd.DataFrame
    values: pd.DataFrame
    crowd: pd.DataFrame

    def outputs(self) -> Outputs:
        """Return the ratios of the design by row, won per 100 won."""
        definition, rows = self.common.definition, self.design.rows
        shape = (definition.n_points, len(rows), len(definition.families), len(POINT_COLUMNS))
        y = _HUNDRED * self.ratios[list(POINT_COLUMNS)].to_numpy().reshape(shape)
        return Outputs(y[:, 0], y[:, -1], np.moveaxis(y[:, 1:-1], 1, 0))

    def by_crowd(self) -> np.ndarray:
        """Return float64[points, families, populations, runs, ratios], won per 100 won."""
        definition, crowd = self.common.definition, self.common.definition.crowd
        shape = (len(definition.families), crowd.n_points, crowd.n_populations, crowd.n_runs, len(POINT_COLUMNS))
        return np.moveaxis(_HUNDRED * self.crowd[list(POINT_COLUMNS)].to_numpy().reshape(shape), 0, 1)


def _mark(package: CityData, definition: SensitivityDefinition, *about: str) -> str:
    """Return the fingerprint of units; what only the table depends on changes none of them."""
    code = [inspect.getsource(module) for module in (design_, factors_, worlds_)]
    parts = [
        definition.start.isoformat(),
        definition.end.isoformat(),
        *definition.families,
        str(definition.seed),
        *about,
    ]
    return work_fingerprint("sensitivity", package.hash, load_policy(definition.policy).hash, *parts, *code)


def _centres(package: CityData, definition: SensitivityDefinition, many: TaskRunner) -> dict[str, Inference]:
    jobs = [CentralPointJob(package, family, definition.seed) for family in definition.families]
    kept = many.run(
        [Task(f"centre-{job.family}", central_point_tables, job) for job in jobs], _mark(package, definition)
    )
    return {job.family: inference_of(kept.of(f"centre-{job.family}")) for job in jobs}


def simulate_points(package: CityData, definition: SensitivityDefinition, many: TaskRunner) -> SensitivityRuns:
    """Run all units that are not kept. Raises UnitError for one that fails."""
    tried = scenarios_beside_none([load_policy(definition.policy)], (definition.start, definition.end))
    require_runnable(package, tried, in_expectation=True)
    factors, left = factors_of(package, definition.families)
    centres = _centres(package, definition, many)
    common = PointSettings(definition, package, load_policy(definition.policy), tuple(factors), centres)
    found = swings(many.run(alone_units(common), _mark(package, definition))["alone"])
    design = saltelli(groups_of(strongest(found), definition.n_alone), definition.n_points, definition.seed)
    shape = repr((design.groups, definition.n_points))
    points = many.run(point_units(common, design), _mark(package, definition, shape))
    crowd = many.run(cell_units(common, design), _mark(package, definition, shape, definition.crowd.model_dump_json()))
    return SensitivityRuns(common, left, found, design, points["ratios"], points["values"], crowd["lived"])
