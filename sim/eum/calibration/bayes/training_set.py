"""The rows of a fit: simulated once, kept below the fit's folder, and never run again for another fit."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special
from scipy.stats import qmc

from eum.calibration.anchoring import Inference, inference_of
from eum.calibration.bayes.definition import FitDefinition
from eum.calibration.bayes.moment_functions import headline_values, moments_of, months_in
from eum.calibration.bayes.moments import Moment
from eum.calibration.bayes.parameters import dimensions
from eum.calibration.fit.rng_streams import normals, stream_key, uniforms
from eum.calibration.bayes.simulate import (
    PLAIN,
    SHOCKED,
    CentralSimulationJob,
    SimulationJob,
    central_simulation_tables,
    rows_tables,
)
from eum.city.data import CityData
from eum.runner.tasks import Task, TaskResults, TaskRunner, work_fingerprint

_TOGETHER = 8
"""Rows of a unit."""
DESIGN, TRUTHS, REFINED = "design", "truths", "refined"
"""Rows over the whole prior; synthetic truths; rows where a first fit to February 2020 lies."""
_FOR_MOMENTS = ("moments",)
"""Tables that rows do not depend on, as they do not on the assumptions named fit_..."""


class TrainingSet(NamedTuple):
    """Rows of one family: where they lie in the prior and what they say."""

    points: np.ndarray
    """float64[R, k]: scores."""
    shocked: np.ndarray
    plain: np.ndarray
    """float64[R, m]: all moments on their scales, with the stated index of the epidemic and without."""
    headlines: pd.DataFrame
    """R rows, a column for each headline number."""


def design_points(package: CityData, definition: FitDefinition, family: str) -> np.ndarray:
    """Return float64[n_design, k]: scores that fill the prior evenly (Sobol, shifted by a key); a longer design begins
    with the shorter one."""
    n, k = definition.size.n_design, len(dimensions(package))
    n_drawn = 2 ** int(np.ceil(np.log2(n)))
    even = qmc.Sobol(k, scramble=False).random(n_drawn)[:n]
    shifted = (even + uniforms(stream_key(definition.seed, DESIGN, family), k)) % 1.0
    return special.ndtri(np.clip(shifted, 1e-6, 1 - 1e-6))


def truth_points(package: CityData, definition: FitDefinition, family: str) -> np.ndarray:
    """Return float64[n_truths, k]: independent draws from the prior."""
    return normals(stream_key(definition.seed, TRUTHS, family), definition.size.n_truths, len(dimensions(package)))


def rows_mark(package: CityData, definition: FitDefinition) -> str:
    """Return what rows depend on: data but for moments, days, policy, seed, scale, and the code that simulates them."""
    digest = hashlib.sha256()
    for name, table in sorted(package.tables.items()):
        if name not in _FOR_MOMENTS:
            if name == "assumptions":
                table = table[~table["parameter"].str.startswith("fit_")]
            digest.update(f"{name}\n{table.to_csv(index=False)}".encode())
    for file in ("simulate.py", "parameters.py", "rng_streams.py"):
        digest.update(Path(__file__).with_name(file).read_bytes())
    simulated = (definition.policy, definition.start, definition.end, definition.seed, definition.size.scale)
    return work_fingerprint("rows of a fit", digest.hexdigest(), repr(simulated))


def _centres(package: CityData, definition: FitDefinition, many: TaskRunner, fingerprint: str) -> dict[str, Inference]:
    tasks = [
        Task(f"centre {family}", central_simulation_tables, CentralSimulationJob(package, family))
        for family in definition.families
    ]
    kept = many.run(tasks, fingerprint)
    return {family: inference_of(kept.of(f"centre {family}")) for family in definition.families}


class Batch(NamedTuple):
    """Points of a family that are to be simulated, and what for."""

    kind: str
    family: str
    points: np.ndarray

    @property
    def label(self) -> str:
        """What its units are called: rows of a refinement by their points, as these depend on observations."""
        points_hash = hashlib.sha256(self.points.tobytes()).hexdigest()[:12] if self.kind == REFINED else ""
        return " ".join(filter(None, (self.kind, self.family, points_hash)))


def task_batch(package: CityData, definition: FitDefinition, kind: str, family: str) -> Batch:
    """Return the points of a family's design or of its truths."""
    return Batch(kind, family, (design_points if kind == DESIGN else truth_points)(package, definition, family))


def _units(package: CityData, definition: FitDefinition, part: Batch, centre: Inference) -> list[Task]:
    tasks = []
    for first in range(0, len(part.points), _TOGETHER):
        points = part.points[first : first + _TOGETHER]
        name = f"{part.label} {first:05d}-{first + len(points) - 1:05d}"
        tasks.append(Task(name, rows_tables, SimulationJob(package, definition, part.family, points, centre)))
    return tasks


def simulated_rows(
    package: CityData, definition: FitDefinition, many: TaskRunner, batches: list[Batch], chosen: tuple[Moment, ...]
) -> list[TrainingSet]:
    """Live the rows of batches that are not kept yet; return what each batch says of moments."""
    fingerprint = rows_mark(package, definition)
    centres = _centres(package, definition, many, fingerprint)
    tasks = [_units(package, definition, part, centres[part.family]) for part in batches]
    kept = many.run([task for part in tasks for task in part], fingerprint)
    parts = [TaskResults(kept.folder, [task.name for task in part]) for part in tasks]
    return [_rows(of, part.points, definition, chosen) for of, part in zip(parts, batches, strict=True)]


def _rows(kept: TaskResults, points: np.ndarray, definition: FitDefinition, chosen: tuple[Moment, ...]) -> TrainingSet:
    n = len(points)
    shocked, plain = (moments_of(months_in(kept, world, n, definition.start), chosen) for world in (SHOCKED, PLAIN))
    return TrainingSet(points, shocked, plain, headline_values(kept, n))


def concatenated_rows(first: TrainingSet, second: TrainingSet) -> TrainingSet:
    """Return the rows of both."""
    arrays = [np.concatenate(pair) for pair in zip(first[:3], second[:3], strict=True)]
    return TrainingSet(
        arrays[0], arrays[1], arrays[2], pd.concat([first.headlines, second.headlines], ignore_index=True)
    )
