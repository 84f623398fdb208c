"""What a row of priors.csv or assumptions.csv does: everything that a run makes of the data, as one fingerprint."""

import dataclasses
import datetime
import hashlib
import pickle
from collections.abc import Iterator

import numpy as np
import pandas as pd

from eum.analysis.experiments.ensemble import run_tables
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import mpc_from_new_share, targets
from eum.calibration.priors import CENTRAL, INFERRED, PROPENSITIES, ParameterDraw, coefficients, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData
from eum.dimensions import EVIDENCE
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.policy.files import load_policy

SCALE, SEED = 0.002, 1
RECORD = "incheon-history"
WINDOWS = (
    (datetime.date(2020, 2, 27), datetime.date(2020, 3, 19)),
    (datetime.date(2025, 7, 20), datetime.date(2025, 7, 22)),
)
"""An announced rise, with district cards, Plus shops and the epidemic; and a grant, after the last count of members."""
INFERRED_VALUES = dict(zip(INFERRED, (0.03, 0.03, 0.03, 0.03, 0.05, 0.9, 0.4, 0.1), strict=True))
"""What inference sets, held: so that only what a row does beside it shows."""
PRINTED = {name: 1.0 for name in ("plain_sum", "outflow_inflow_output", "outflow_only", "outflow_switching")}


def outcomes(package: CityData) -> Iterator[tuple[str, object]]:
    """Yield (part, value): what inference aims at, what turns results into figures, and the tables of two windows."""
    for family in EVIDENCE:
        draw = ParameterDraw(family, CENTRAL, SEED)
        aim, start = targets(package, draw, 1.0), drawn_parameters(package, draw)
        spent = mpc_from_new_share(start, aim.stated["share_new"], 0.0595, aim.constrained_share)
        yield f"targets {family}", aim
        yield f"propensities {family}", [getattr(spent, name) for name in PROPENSITIES]
    # The epidemic is off in the data: here on, unless a package sets its strength.
    parameters = start._replace(shock_strength=start.shock_strength or 1.0, **INFERRED_VALUES)
    for window in WINDOWS:
        yield from tables_of(package, parameters, draw, window)


def tables_of(
    package: CityData, parameters: Parameters, draw: ParameterDraw, window: tuple[datetime.date, datetime.date]
) -> Iterator[tuple[str, object]]:
    """Yield the tables of a window of the record, and of what is made of them."""
    setting = ScenarioSet([load_policy("none"), load_policy(RECORD)], [(0, 1)], *window)
    tables = run_worlds(build_city(package, SCALE, SEED), parameters, setting, SEED)
    made = run_tables(tables, SCALE, ("city",), coefficients(package, draw, parameters), PRINTED)
    yield from {**tables, **made}.items()


def bytes_of(value: object) -> bytes:
    if isinstance(value, pd.DataFrame):
        return b"".join(bytes_of(value[c].to_numpy()) for c in value.columns)
    if isinstance(value, np.ndarray):
        return value.tobytes() if value.dtype != object else repr(value.tolist()).encode()
    return pickle.dumps(value)


def fingerprint(package: CityData) -> str:
    """Return one hash over all that a run makes of a package."""
    digest = hashlib.sha256()
    for part, value in outcomes(package):
        digest.update(part.encode() + bytes_of(value))
    return digest.hexdigest()


def perturbed(package: CityData, table: str, rows: np.ndarray) -> CityData:
    """Return the package with some rows of a table moved, shares by a few percent and the rest by more, each by its own
    part.

    Totals of shares are kept by taking the parts out again; switches are turned, and days, which only count
    whole, are one.
    """
    column = {"priors": "central", "assumptions": "value"}[table]
    changed = package.tables[table].copy()
    before = changed.loc[rows, column].to_numpy(dtype=float)
    unit = changed.loc[rows, "unit"]
    # In three weeks of a small city a hazard that is a little higher may reach nobody.
    step = np.select([unit.str.contains("share|percent"), unit == "per_month"], [0.05, 4.0], 0.3)
    parts = 1 + step * np.cos(np.arange(len(before)))
    after = np.where(before == 0, 0.05, before * parts)
    after = np.where((changed.loc[rows, "unit"] == "share") & (after > 1), 0.95 * before, after)
    after = np.where(changed.loc[rows, "unit"] == "days", 1.0, after)
    if table == "assumptions":
        after = np.where(changed.loc[rows, "note"].str.startswith("Switch:") & (before > 0), 0.0, after)
    totals = changed.loc[rows, "unit"].isin(["share_of_total"]).to_numpy()
    if totals.any():
        after[totals] *= before[totals].sum() / after[totals].sum()
    changed.loc[rows, column] = after
    changed.loc[rows, ["low90", "high90"]] = np.nan if table == "assumptions" else np.column_stack([after, after])
    told = hashlib.sha256(f"{package.hash} {table} {np.flatnonzero(rows)} {after}".encode()).hexdigest()
    return dataclasses.replace(package, hash=told, tables={**package.tables, table: changed})
