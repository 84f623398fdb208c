"""What was run, turned into the one table (`table`): every function yields the rows of a part."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from eum.analysis.sensitivity.design import OTHERS, A, B, strongest
from eum.analysis.sensitivity.evaluate_point import OUTPUTS, POINT_COLUMNS
from eum.analysis.sensitivity.factors import FAMILY_FACTOR, FITTED, STATED
from eum.analysis.sensitivity.run import SensitivityRuns
from eum.analysis.sensitivity.scenario_discovery import Region, discover, region_sentences
from eum.analysis.sensitivity.sobol_indices import Outputs, across, index_interval, interactions, within
from eum.analysis.sensitivity.table import ALL_FAMILIES, SENSITIVITY_COLUMNS
from eum.analysis.sensitivity.variance_decomposition import VARIANCE_PARTS, Nested, components
from eum.calibration.fitted import fitted_names
from eum.calibration.priors import source_of
from eum.city.data import CityData
from eum.intervals import HIGH, mean_half_width, percentile_ends

TableRows = Iterator[tuple]

INTERACTIONS = "interactions"
_HUNDRED, _NONE = 100.0, (np.nan, np.nan)


def _each(
    found: np.ndarray, low: np.ndarray | None = None, high: np.ndarray | None = None
) -> Iterator[tuple[tuple[str, str], tuple[float, float, float]]]:
    """Yield (definition, denominator) and value with interval of float64[ratios]."""
    nothing = np.full(len(OUTPUTS), np.nan)
    low, high = nothing if low is None else low, nothing if high is None else high
    for (denominator, definition), *values in zip(OUTPUTS, found, low, high, strict=True):
        yield (definition, denominator), (float(values[0]), float(values[1]), float(values[2]))


def _every_index(o: Outputs) -> np.ndarray:
    """Return float64[all and each family, first and total and interactions, factors and family, ratios].

    Interactions stand at every factor alike; a family of its own has no index of the family: 0.
    """
    whole, each = across(o), within(o)
    each = np.concatenate([each, np.zeros((2, 1, *each.shape[2:]))], axis=1)
    found = np.concatenate([whole[None], np.moveaxis(each, 2, 0)])
    left = interactions(np.moveaxis(found[:, 0], 1, 0))[:, None]
    return np.concatenate([found, np.broadcast_to(left, found[:, 0].shape)[:, None]], axis=1)


def index_rows(runs: SensitivityRuns) -> TableRows:
    """Yield first-order and total indices and interactions of every ratio, over all families and in each."""
    definition, o, groups = runs.common.definition, runs.outputs(), list(runs.design.groups)
    found = _every_index(o)
    low, high = index_interval(
        lambda at: _every_index(o.resampled(at)), (definition.n_points,), definition.n_resamples, definition.seed
    )
    for f, family in enumerate((ALL_FAMILIES, *definition.families)):
        items = [*groups, FAMILY_FACTOR] if family == ALL_FAMILIES else groups
        places = [(item, measure, m, k) for k, item in enumerate(items) for m, measure in enumerate(("first", "total"))]
        for item, measure, m, k in [*places, (INTERACTIONS, "first", 2, 0)]:
            for output, value in _each(found[f, m, k], low[f, m, k], high[f, m, k]):
                yield ("index", family, *output, item, measure, *value, "")


def _discovery_row(family: str, output: tuple[str, str], found: Region) -> TableRows:
    numbers = {
        "worlds": found.n_worlds,
        "reached": found.n_reached,
        "coverage": found.coverage,
        "density": found.density,
        "lowest": _HUNDRED * found.lowest,
        "highest": _HUNDRED * found.highest,
    }
    for measure, value in numbers.items():
        yield (
            "discovery",
            family,
            *output,
            "",
            measure,
            value,
            *_NONE,
            region_sentences(found) if measure == "reached" else "",
        )


def discovery_rows(runs: SensitivityRuns) -> TableRows:
    """Yield where each ratio reaches the level in each family, by the values of the parameters."""
    both = runs.ratios[runs.ratios["row"].isin([A, B])]
    about = ["point", "row", "family"]
    for family in runs.common.definition.families:
        worlds = [runs.values[(runs.values["family"] == family) & (runs.values["row"] == row)] for row in (A, B)]
        ratios = [both[(both["family"] == family) & (both["row"] == row)] for row in (A, B)]
        samples = worlds[0].drop(columns=about), worlds[1].drop(columns=about)
        for column, (denominator, definition) in zip(POINT_COLUMNS, OUTPUTS, strict=True):
            reached = ratios[0][column].to_numpy(), ratios[1][column].to_numpy()
            found = discover(samples, reached, runs.common.definition.at_least)
            yield from _discovery_row(family, (definition, denominator), found)


def _shares(nested: Nested) -> np.ndarray:
    """Return float64[variance and its part of the total, components and total, ratios]."""
    parts = components(nested)
    every = np.vstack([parts, parts.sum(axis=0)])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([every, np.where(every[-1] > 0, every / every[-1], np.nan)])


def budget_rows(runs: SensitivityRuns) -> TableRows:
    """Yield the components of the variance of every ratio, and their parts of the total."""
    definition, o = runs.common.definition, runs.outputs()
    # Both samples of a point stand together: a resample takes both.
    pairs, crowd = np.stack([o.a, o.b], axis=1), runs.by_crowd()

    def resampled(at: np.ndarray, at_crowd: np.ndarray) -> np.ndarray:
        return _shares(Nested(pairs[at].reshape(-1, *pairs.shape[2:]), crowd[at_crowd]))

    found = _shares(Nested(pairs.reshape(-1, *pairs.shape[2:]), crowd))
    low, high = index_interval(resampled, (definition.n_points, len(crowd)), definition.n_resamples, definition.seed)
    for m, measure in enumerate(("variance", "share")):
        for k, item in enumerate((*VARIANCE_PARTS, "total")):
            for output, value in _each(found[m, k], low[m, k], high[m, k]):
                yield ("budget", ALL_FAMILIES, *output, item, measure, *value, "")


def level_rows(runs: SensitivityRuns) -> TableRows:
    """Yield mean, 5th and 95th percentile over worlds of every ratio, in each family and over all."""
    o = runs.outputs()
    both = np.concatenate([o.a, o.b])
    for f, family in enumerate((ALL_FAMILIES, *runs.common.definition.families)):
        worlds = both[:, slice(None) if family == ALL_FAMILIES else slice(f - 1, f)].reshape(-1, both.shape[-1])
        for output, value in _each(worlds.mean(axis=0), *percentile_ends(worlds)):
            yield ("level", family, *output, "", "mean", *value, "")


def error_rows(runs: SensitivityRuns) -> TableRows:
    """Yield how far expectation is from the crowd at the same points: mean and largest, won per 100 won."""
    definition, crowd, o = runs.common.definition, runs.by_crowd(), runs.outputs()
    gaps = o.a[: len(crowd)] - crowd.mean(axis=(2, 3))
    mean, half = gaps.mean(axis=0), mean_half_width(gaps)
    largest = np.take_along_axis(gaps, np.abs(gaps).argmax(axis=0)[None], axis=0)[0]
    for f, family in enumerate(definition.families):
        for output, value in _each(mean[f], (mean - half)[f], (mean + half)[f]):
            yield ("error", family, *output, "", "mean", *value, "")
        for output, value in _each(largest[f]):
            yield ("error", family, *output, "", "largest", *value, "")


def _fitted_rows(package: CityData) -> TableRows:
    """Yield the parameters that the factor FITTED moves together, each with the range of its posterior."""
    for name in fitted_names(package):
        source = source_of(package, name)
        told = "prior-dominated" if source.fitted is not None and source.fitted.is_prior_dominated else ""
        yield ("factor", ALL_FAMILIES, "", "", name, "fitted", source.value, *source.ends, told)


def factor_rows(runs: SensitivityRuns) -> TableRows:
    """Yield every factor with its range, how far it moves the ratios alone, and the index that it is part of."""
    most = strongest(runs.swings)
    groups = {name: group for group, names in runs.design.groups.items() for name in names}
    by_name = {factor.name: factor for factor in runs.common.factors}
    for name in map(str, most.index):
        factor = by_name[name]
        yield ("factor", ALL_FAMILIES, "", "", name, "range", factor.central, factor.low90, factor.high90, factor.unit)
        yield ("factor", ALL_FAMILIES, "", "", name, "swing", most[name], *_NONE, groups.get(name, ""))
        yield ("factor", ALL_FAMILIES, "", "", name, factor.how, np.nan, *_NONE, factor.meaning)
    for name in runs.left:
        yield ("factor", ALL_FAMILIES, "", "", name, "left out", np.nan, *_NONE, "")
    yield from _fitted_rows(runs.common.package)
    for row in runs.swings.to_dict("records"):
        for column, (denominator, definition) in zip(POINT_COLUMNS, OUTPUTS, strict=True):
            yield ("alone", row["family"], definition, denominator, row["factor"], "swing", row[column], *_NONE, "")


def about_rows(runs: SensitivityRuns) -> TableRows:
    """Yield the request, its data, and how well the families could be met."""
    definition, package = runs.common.definition, runs.common.package
    told_of = {**definition.model_dump(mode="json"), "data_hash": package.hash, "policy_hash": runs.common.policy.hash}
    told_of |= {f"crowd_{key}": value for key, value in told_of.pop("crowd").items()}
    groups = [g for g in runs.design.groups if g not in (STATED, FITTED, OTHERS)]
    told_of |= {"n_factors": len(runs.common.factors), "alone": groups}
    for item, value in told_of.items():
        is_number = isinstance(value, int | float)
        text = "" if is_number else " ".join(value) if isinstance(value, list) else str(value)
        yield ("about", ALL_FAMILIES, "", "", item, "", value if is_number else np.nan, *_NONE, text)
    for family, rows in runs.ratios.groupby("family", sort=False):
        middle, high = rows["misfit"].quantile([0.5, HIGH])
        yield ("misfit", family, "", "", "", "share", middle, np.nan, high, "")


def analysis_rows(runs: SensitivityRuns) -> pd.DataFrame:
    """Return the one table (`eum.analysis.sensitivity.table.SENSITIVITY_COLUMNS`) of all that was run."""
    makers = (about_rows, level_rows, budget_rows, index_rows, discovery_rows, error_rows, factor_rows)
    return pd.DataFrame([row for made in makers for row in made(runs)], columns=list(SENSITIVITY_COLUMNS))
