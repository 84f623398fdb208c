"""The rows of a fit: lived once, kept below the fit's folder, and never lived again for another question."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special
from scipy.stats import qmc

from sim.city.package import Package
from sim.fit.definition import FitDefinition
from sim.fit.keyed import key_of, normals, uniforms
from sim.fit.moments import Moment
from sim.fit.parameters import dimensions
from sim.fit.reading import headlines, lived_in, read
from sim.fit.rows import PLAIN, SHOCKED, Job, centre_tables, rows_tables
from sim.study.inference import Inference, inference_of
from sim.study.many import Kept, Many, Unit, fingerprint

_TOGETHER = 8
"""Rows of a unit."""
DESIGN, TRUTHS = "design", "truths"
_FOR_MOMENTS = ("moments",)
"""Tables that rows do not depend on."""


class Rows(NamedTuple):
    """Rows of one family: where they lie in the prior and what they say."""

    points: np.ndarray
    """float64[R, k]: scores."""
    shocked: np.ndarray
    plain: np.ndarray
    """float64[R, m]: all moments on their scales, with the stated index of the epidemic and without."""
    headlines: pd.DataFrame
    """R rows, a column for each headline number."""


def design_points(package: Package, definition: FitDefinition, family: str) -> np.ndarray:
    """Return float64[n_design, k]: scores that fill the prior evenly (Sobol, shifted by a key); a longer design begins
    with the shorter one."""
    n, k = definition.size.n_design, len(dimensions(package))
    n_drawn = 2 ** int(np.ceil(np.log2(n)))
    even = qmc.Sobol(k, scramble=False).random(n_drawn)[:n]
    shifted = (even + uniforms(key_of(definition.seed, DESIGN, family), k)) % 1.0
    return special.ndtri(np.clip(shifted, 1e-6, 1 - 1e-6))


def truth_points(package: Package, definition: FitDefinition, family: str) -> np.ndarray:
    """Return float64[n_truths, k]: independent draws from the prior."""
    return normals(key_of(definition.seed, TRUTHS, family), definition.size.n_truths, len(dimensions(package)))


def _mark(package: Package, definition: FitDefinition) -> str:
    """Return what rows depend on: data but for moments, days, policy, seed, scale, and the code that lives them."""
    digest = hashlib.sha256()
    for name, table in sorted(package.tables.items()):
        if name not in _FOR_MOMENTS:
            digest.update(f"{name}\n{table.to_csv(index=False)}".encode())
    for file in ("rows.py", "parameters.py", "keyed.py"):
        digest.update(Path(__file__).with_name(file).read_bytes())
    lived = (definition.policy, definition.start, definition.end, definition.seed, definition.size.scale)
    return fingerprint("rows of a fit", digest.hexdigest(), repr(lived))


def _centres(package: Package, definition: FitDefinition, many: Many, mark: str) -> dict[str, Inference]:
    units = [Unit(f"centre {family}", centre_tables, (package, family)) for family in definition.families]
    kept = many.run(units, mark)
    return {family: inference_of(kept.of(f"centre {family}")) for family in definition.families}


def _units(package: Package, definition: FitDefinition, kind: str, centres: dict[str, Inference]) -> list[Unit]:
    units = []
    for family, centre in centres.items():
        points = (design_points if kind == DESIGN else truth_points)(package, definition, family)
        for first in range(0, len(points), _TOGETHER):
            part = points[first : first + _TOGETHER]
            name = f"{kind} {family} {first:05d}-{first + len(part) - 1:05d}"
            units.append(Unit(name, rows_tables, Job(package, definition, family, part, centre)))
    return units


def live(package: Package, definition: FitDefinition, many: Many, kinds: tuple[str, ...]) -> dict[tuple[str, str], Kept]:
    """Live the rows of kinds (DESIGN, TRUTHS) that are not kept yet; return those of (kind, family)."""
    mark = _mark(package, definition)
    centres = _centres(package, definition, many, mark)
    units = {kind: _units(package, definition, kind, centres) for kind in kinds}
    kept = many.run([unit for part in units.values() for unit in part], mark)
    return {
        (kind, family): Kept(kept.folder, [u.name for u in units[kind] if u.argument.family == family])
        for kind in kinds
        for family in definition.families
    }


def rows_of(
    package: Package, definition: FitDefinition, kept: Kept, which: tuple[str, str], chosen: tuple[Moment, ...]
) -> Rows:
    """Return what rows of a kind and family say of moments."""
    kind, family = which
    points = (design_points if kind == DESIGN else truth_points)(package, definition, family)
    said = [read(lived_in(kept, world, len(points), definition.start), chosen) for world in (SHOCKED, PLAIN)]
    return Rows(points, *said, headlines(kept, len(points)))
