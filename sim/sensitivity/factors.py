"""What is uncertain, read from the data: which parameters have a range, and which of them the model asks for."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from sim.city.package import Package
from sim.study.priors import SHARES, Question, at_quantile, behaviour, coefficients, stated_shares

FAMILY = "family"
"""The factor of its own: which family of evidence is believed."""

STATED = "stated shares"
"""The factor that joins the shares of card payments which a family states: one draw, they sum to one."""

MIDDLE = 0.5
DRAWN, CITY = "drawn", "city"


class Factor(NamedTuple):
    """One uncertain number of the data."""

    name: str
    how: str
    """`drawn`: drawn in every study. `city`: the city is built on it or a fit aims at it; studies keep its centre."""
    central: float
    low90: float
    high90: float
    unit: str
    meaning: str

    def at(self, u: float) -> float:
        """Return its value at a quantile."""
        return at_quantile((self.central, self.low90, self.high90), self.unit, u)


def plain(name: str) -> str:
    """Return the name of a factor for a name under which a study draws: families share theirs."""
    return name.rpartition(" ")[2]


def drawn_names(package: Package, family: str) -> list[str]:
    """Return the names of what a study draws in a family, in the order in which it asks."""
    asked: dict[str, None] = {}

    def noted(name: str) -> float:
        asked[plain(name)] = None
        return MIDDLE

    question = Question(family, 1, 0, noted)
    coefficients(package, question, behaviour(package, question))
    stated_shares(package, question)
    return list(asked)


def _ranges(package: Package) -> dict[str, list[Factor]]:
    """Return every row with a range by its name, of the assumptions and then of the priors."""
    found: dict[str, list[Factor]] = {}
    for table, value, told in (("assumptions", "value", "note"), ("priors", "central", "description")):
        for row in package.table(table).to_dict("records"):
            low, high = row["low90"], row["high90"]
            range_ = (row[value], low, high) if math.isfinite(low) and low < high else (row[value],) * 3
            made = Factor(row["parameter"], CITY, *range_, row["unit"], row[told])
            found.setdefault(row["parameter"], []).append(made)
    return {name: rows for name, rows in found.items() if any(row.low90 < row.high90 for row in rows)}


def factors_of(package: Package, families: tuple[str, ...]) -> tuple[list[Factor], list[str]]:
    """Return the factors of the data besides what families state, and the names with ranges that are left out.

    Left out are names of several rows that no study draws: one number could not stand for all of them.
    """
    drawn = {name for family in families for name in drawn_names(package, family)}
    factors, left = list[Factor](), list[str]()
    for name, rows in _ranges(package).items():
        if name in SHARES:
            continue
        if name in drawn:
            factors.append(next(row for row in rows if row.low90 < row.high90)._replace(how=DRAWN))
        elif len(rows) == 1:
            factors.append(rows[0])
        else:
            left.append(name)
    return factors, left


def changed_package(package: Package, factors: tuple[Factor, ...], quantiles: Mapping[str, float]) -> Package:
    """Return the data with the factors of the city at their quantiles."""
    moved = {f.name: f.at(quantiles[f.name]) for f in factors if f.how == CITY and f.name in quantiles}
    return package.with_values(moved)


def question_at(family: str, seed: int, quantiles: Mapping[str, float]) -> Question:
    """Return the question whose draws stand at quantiles, by name; a name without one stands at its middle."""
    return Question(family, 1, seed, lambda name: quantiles.get(plain(name), MIDDLE))
