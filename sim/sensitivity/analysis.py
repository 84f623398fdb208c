"""The whole analysis: runs what it takes, and turns it into the one table."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.city.package import Package
from sim.compiled import source_hash
from sim.policy.files import load_policy
from sim.sensitivity.components import PARTS, Nested, components
from sim.sensitivity.definition import SensitivityDefinition
from sim.sensitivity.design import A, B, Design, alone_units, cell_units, groups_of, point_units, saltelli, strongest, swings
from sim.sensitivity.discovery import Found, discover, told
from sim.sensitivity.factors import FAMILY, factors_of
from sim.sensitivity.indices import Outputs, across, interactions, interval, positions, within
from sim.sensitivity.table import ALL
from sim.sensitivity.table import COLUMNS as TABLE
from sim.sensitivity.worlds import COLUMNS, OUTPUTS, Common
from sim.study.expectation import infer_in_expectation
from sim.study.inference import inference_of, inference_tables
from sim.study.many import Many, Tables, Unit, fingerprint
from sim.vocabulary import FAMILIES

Rows = Iterator[tuple]

_HUNDRED = 100.0
"""Ratios are shown per 100 won."""


class CentreJob(NamedTuple):
    """The family whose choices are inferred at the centre of its priors."""

    package: Package
    family: str
    seed: int


def centre_tables(job: CentreJob) -> Tables:
    """Return the choices at the centre of a family as tables."""
    return inference_tables(infer_in_expectation(*job))


class Lived(NamedTuple):
    """All that was run."""

    common: Common
    left: list[str]
    """Names with ranges that are left out."""
    swings: pd.DataFrame
    design: Design
    ratios: pd.DataFrame
    values: pd.DataFrame
    crowd: pd.DataFrame


def live(package: Package, asked: SensitivityDefinition, many: Many) -> Lived:
    """Run all units: the centres, each factor alone, the design, and the crowd."""
    policy = load_policy(asked.policy)
    fixed = asked.model_copy(update={"n_points": 2, "n_resamples": 20, "at_least": 0.0})
    mark = fingerprint("sensitivity", package.hash, policy.hash, source_hash(("sensitivity",)), fixed.model_dump_json())
    jobs = [CentreJob(package, family, asked.seed) for family in asked.families]
    kept = many.run([Unit(f"centre-{job.family}", centre_tables, job) for job in jobs], mark)
    centres = {job.family: inference_of(kept.of(f"centre-{job.family}")) for job in jobs}
    factors, left = factors_of(package, asked.families)
    common = Common(asked, package, policy, tuple(factors), centres)
    found = swings(many.run(alone_units(common), mark)["alone"])
    design = saltelli(groups_of(strongest(found), asked.n_alone), asked.n_points, asked.seed)
    # Points are numbered: those of a smaller design are other points.
    points = many.run(point_units(common, design), f"{mark}-{asked.n_points}")
    crowd = many.run(cell_units(common, design), f"{mark}-{asked.n_points}-crowd")["lived"]
    return Lived(common, left, found, design, points["ratios"], points["values"], crowd)


def _outputs(lived: Lived) -> Outputs:
    """Return the ratios of the design by row, won per 100 won."""
    asked, rows = lived.common.definition, lived.design.rows
    shape = (asked.n_points, len(rows), len(asked.families), len(COLUMNS))
    y = _HUNDRED * lived.ratios[list(COLUMNS)].to_numpy().reshape(shape)
    return Outputs(y[:, 0], y[:, -1], np.moveaxis(y[:, 1:-1], 1, 0))


def _by_output(values: np.ndarray) -> Iterator[tuple[str, str, float]]:
    for (denominator, definition), value in zip(OUTPUTS, values.tolist(), strict=True):
        yield definition, denominator, value


def _index_rows(lived: Lived) -> Rows:
    """Yield first-order and total indices and interactions of every ratio, over all families and in each."""
    asked, o, groups = lived.common.definition, _outputs(lived), list(lived.design.groups)

    def everything(o: Outputs) -> np.ndarray:
        """[all and each family, first, total and interactions, factors and family, ratios]"""
        whole, each = across(o), within(o)
        none = np.zeros((2, 1, *each.shape[2:]))
        found = np.concatenate([whole[None], np.moveaxis(np.concatenate([each, none], axis=1), 2, 0)])
        left = np.broadcast_to(interactions(np.moveaxis(found[:, 0], 1, 0))[:, None], found[:, 0].shape)
        return np.concatenate([found, left[:, None]], axis=1)

    found = everything(o)
    low, high = interval(lambda at: everything(o.resampled(at)), asked.n_points, asked.n_resamples, asked.seed)
    for f, family in enumerate((ALL, *asked.families)):
        for k, item in enumerate((*groups, FAMILY)[: len(groups) + (family == ALL)]):
            for m, measure in enumerate(("first", "total")):
                for i, (definition, denominator, value) in enumerate(_by_output(found[f, m, k])):
                    yield ("index", family, definition, denominator, item, measure, value, low[f, m, k, i], high[f, m, k, i], "")
        for i, (definition, denominator, value) in enumerate(_by_output(found[f, 2, 0])):
            yield ("index", family, definition, denominator, "interactions", "first", value, low[f, 2, 0, i], high[f, 2, 0, i], "")


def _discovery_row(family: str, output: tuple[str, str], found: Found) -> Rows:
    text = {"reached": told(found)}
    measures = {"worlds": found.n_worlds, "reached": found.n_reached, "coverage": found.coverage,
                "density": found.density, "lowest": _HUNDRED * found.lowest, "highest": _HUNDRED * found.highest}  # fmt: skip
    for measure, value in measures.items():
        yield ("discovery", family, output[1], output[0], "", measure, value, np.nan, np.nan, text.get(measure, ""))


def _discovery_rows(lived: Lived) -> Rows:
    """Yield where each ratio reaches the level in each family, by the values of the parameters."""
    about = ["point", "row", "family"]
    for family in lived.common.definition.families:
        worlds = lived.values[lived.values["family"] == family].reset_index(drop=True)
        ratios = lived.ratios[(lived.ratios["family"] == family) & lived.ratios["row"].isin([A, B])].reset_index(drop=True)
        at = [(worlds["row"] == name).to_numpy() for name in (A, B)]
        samples = worlds[at[0]].drop(columns=about), worlds[at[1]].drop(columns=about)
        for column, output in zip(COLUMNS, OUTPUTS, strict=True):
            y = ratios[column].to_numpy()
            found = discover(samples, (y[at[0]], y[at[1]]), lived.common.definition.at_least)
            yield from _discovery_row(family, output, found)


def _crowd_array(lived: Lived) -> np.ndarray:
    """Return float64[points, families, populations, runs, ratios], won per 100 won."""
    asked = lived.common.definition
    crowd = asked.crowd
    shape = (len(asked.families), crowd.n_points, crowd.n_populations, crowd.n_runs, len(COLUMNS))
    return np.moveaxis(_HUNDRED * lived.crowd[list(COLUMNS)].to_numpy().reshape(shape), 0, 1)


def _budget_rows(lived: Lived) -> Rows:
    """Yield the components of the variance of every ratio, and their parts of the total."""
    asked, o = lived.common.definition, _outputs(lived)
    # Both samples of a point stand together: a resample takes both.
    pairs, crowd = np.stack([o.a, o.b], axis=1), _crowd_array(lived)

    def everything(at: np.ndarray, at_crowd: np.ndarray) -> np.ndarray:
        variances = components(Nested(pairs[at].reshape(-1, *pairs.shape[2:]), crowd[at_crowd]))
        total = variances.sum(axis=0)
        return np.stack([np.vstack([variances, total]), np.vstack([variances, total]) / total])

    def resampled(at: np.ndarray) -> np.ndarray:
        return everything(at, positions(asked.seed + 1, int(at.sum()), len(crowd)))

    found = everything(np.arange(asked.n_points), np.arange(len(crowd)))
    low, high = interval(resampled, asked.n_points, asked.n_resamples, asked.seed)
    for k, item in enumerate((*PARTS, "total")):
        for m, measure in enumerate(("variance", "share")):
            for i, (definition, denominator, value) in enumerate(_by_output(found[m, k])):
                yield ("budget", ALL, definition, denominator, item, measure, value, low[m, k, i], high[m, k, i], "")
    for f, family in enumerate((ALL, *asked.families)):
        chosen = slice(None) if family == ALL else slice(f - 1, f)
        for i, (definition, denominator, value) in enumerate(_by_output(pairs[:, :, chosen].mean(axis=(0, 1, 2)))):
            ends = np.quantile(pairs[:, :, chosen, i], [0.05, 0.95])
            yield ("budget", family, definition, denominator, "mean", "ratio", value, *ends, "")


def _error_rows(lived: Lived) -> Rows:
    """Yield how far expectation is from the crowd at the same points: mean and largest, won per 100 won."""
    asked, crowd, o = lived.common.definition, _crowd_array(lived), _outputs(lived)
    gaps = o.a[: len(crowd)] - crowd.mean(axis=(2, 3))
    noise = gaps.std(axis=0, ddof=1) / np.sqrt(len(gaps))
    for f, family in enumerate(asked.families):
        for i, (definition, denominator, value) in enumerate(_by_output(gaps.mean(axis=0)[f])):
            spread = 1.645 * noise[f, i]
            yield ("error", family, definition, denominator, "expectation less crowd", "mean", value, value - spread, value + spread, "")
            largest = gaps[np.abs(gaps[:, f, i]).argmax(), f, i]
            yield ("error", family, definition, denominator, "expectation less crowd", "largest", largest, np.nan, np.nan, "")


def _alone_rows(lived: Lived) -> Rows:
    """Yield how far each factor alone moves each ratio, as a part of its size; and the factors themselves."""
    most = strongest(lived.swings)
    groups = {name: group for group, names in lived.design.groups.items() for name in names}
    for factor in sorted(lived.common.factors, key=lambda f: list(most.index).index(f.name)):
        told_of = f"{factor.unit}; {factor.how}; {groups.get(factor.name, 'moves nothing')}; {factor.meaning}"
        yield ("factor", ALL, "", "", factor.name, "swing", most[factor.name], np.nan, np.nan, told_of)
        yield ("factor", ALL, "", "", factor.name, "range", factor.central, factor.low90, factor.high90, factor.unit)
    for name in lived.left:
        yield ("factor", ALL, "", "", name, "left out", np.nan, np.nan, np.nan, "several rows, which no study draws")
    for row in lived.swings.to_dict("records"):
        for column, (denominator, definition) in zip(COLUMNS, OUTPUTS, strict=True):
            yield ("alone", row["family"], definition, denominator, row["factor"], "swing", row[column], np.nan, np.nan, "")


def _about_rows(lived: Lived) -> Rows:
    asked = lived.common.definition
    told_of = {**asked.model_dump(mode="json"), "data_hash": lived.common.package.hash, "policy_hash": lived.common.policy.hash}
    crowd = told_of.pop("crowd")
    for item, value in {**told_of, **{f"crowd_{k}": v for k, v in crowd.items()}, "n_factors": len(lived.common.factors)}.items():
        number = value if isinstance(value, int | float) else np.nan
        text = " ".join(value) if isinstance(value, list) else "" if number == number else str(value)
        yield ("about", ALL, "", "", item, "", number, np.nan, np.nan, text)
    for family, part in lived.ratios.groupby("family", sort=False):
        median, high = part["misfit"].quantile([0.5, 0.95])
        yield ("misfit", family, "", "", "largest class", "share", median, np.nan, high, "")


def analysed(lived: Lived) -> pd.DataFrame:
    """Return the one table (`sim.sensitivity.table.COLUMNS`) of all that was run."""
    makers = (_about_rows, _alone_rows, _index_rows, _discovery_rows, _budget_rows, _error_rows)
    return pd.DataFrame([row for made in makers for row in made(lived)], columns=list(TABLE))
