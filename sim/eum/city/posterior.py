"""What a table of posterior draws must be: one column for each fitted parameter, draws 0 to N, values in range."""

from collections.abc import Iterator

import numpy as np

from eum.city.schema import TableFault, TableSchema, near

FEWEST_DRAWS = 50
"""Draws besides the centre below which the ends of a 90 % interval would be two or three of them."""

_RANGES = {"log": (0.0, np.inf, "above 0"), "logit": (0.0, 1.0, "above 0 and below 1")}
"""Open interval of the values that a transformation takes, and the same in words."""


def find_posterior_faults(posterior: TableSchema, fitted: TableSchema) -> list[TableFault]:
    """Return what is wrong with the posterior draws of the parameters of fit_parameters."""
    transformations = dict(zip(fitted.rows["parameter"], fitted.rows["transformation"], strict=True))
    found = list(_names(posterior, fitted, list(transformations)))
    return [*found, *_numbers(posterior), *_values(posterior, transformations)]


def _names(posterior: TableSchema, fitted: TableSchema, names: list[str]) -> Iterator[TableFault]:
    columns = [str(name) for name in posterior.rows.columns if name != "draw"]
    for name in columns:
        if name not in names:
            expected = f"a parameter that {fitted.file} fits{near(name, names)}"
            yield TableFault(posterior.file, None, name, "a column", expected)
    for row in np.flatnonzero(fitted.rows["parameter"].isin(set(names) - set(columns))):
        yield fitted.finding(row, "parameter", f"a column of this name in {posterior.file}")


def _numbers(posterior: TableSchema) -> Iterator[TableFault]:
    """Draws are numbered 0 to N in their order, and N is large enough."""
    numbers = posterior.rows["draw"].to_numpy(dtype=float)
    wrong = np.flatnonzero(numbers != np.arange(len(numbers)))
    if len(wrong):
        yield posterior.finding(wrong[0], "draw", f"{wrong[0]}, as draws are numbered 0 to N in their order")
    if len(numbers) - 1 < FEWEST_DRAWS:
        told = f"{max(len(numbers) - 1, 0)} draws besides the centre"
        yield TableFault(posterior.file, None, "draw", told, f"{FEWEST_DRAWS} or more")


def _values(posterior: TableSchema, transformations: dict[str, str]) -> Iterator[TableFault]:
    """Values lie where their transformation takes them; those that no number says are told elsewhere."""
    for name, transformation in transformations.items():
        if name in posterior.rows and transformation in _RANGES:
            low, high, words = _RANGES[transformation]
            values = posterior.rows[name].to_numpy(dtype=float)
            for row in np.flatnonzero((values <= low) | (values >= high)):
                yield posterior.finding(row, name, f"a value {words}")
