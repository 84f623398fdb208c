"""What is uncertain, read from the data: which parameters have a range, and which of them the model asks for.

What the record says of the fitted parameters is one factor, a row of their joint posterior: it moves them together.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from eum.calibration.fitted import fitted_names
from eum.calibration.priors import (
    POSTERIOR_CENTRE,
    POSTERIOR_DRAW,
    SHARES,
    ParameterDraw,
    at_quantile,
    coefficients,
    drawn_parameters,
    target_shares,
)
from eum.city.data import CityData, Prior

FAMILY_FACTOR = "family"
"""The factor of its own: which family of evidence is believed."""

STATED = "stated shares"
"""The factor that joins the shares of card payments which a family states: one draw, they sum to one."""

FITTED = "fitted parameters"
"""The factor that joins the parameters fitted to the record: one row of their posterior."""

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
        return at_quantile(Prior(self.central, self.low90, self.high90, self.unit), u)


def plain_name(name: str) -> str:
    """Return the name of a factor for a name under which a study draws: families share theirs."""
    return name.rpartition(" ")[2]


class _Noting:
    """A package that notes of which family each prior was requested."""

    def __init__(self, package: CityData) -> None:
        self._package = package
        self.families: dict[str, str] = {}

    def prior(self, parameter: str, family: str = "common") -> Prior:
        self.families[parameter] = family
        return self._package.prior(parameter, family)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)


def drawn_names(package: CityData, family: str) -> dict[str, str]:
    """Return what a study draws in a family, in the order in which it asks: by name, the family whose prior it takes.

    An assumption has no family: "".
    """
    requested: dict[str, None] = {}

    def noted(name: str) -> float:
        requested[plain_name(name)] = None
        return MIDDLE

    noting, draw = _Noting(package), ParameterDraw(family, 1, 0, noted)
    seen = cast(CityData, noting)
    coefficients(seen, draw, drawn_parameters(seen, draw))
    target_shares(seen, draw)
    return {name: noting.families.get(name, "") for name in requested}


def _ranges(package: CityData) -> dict[str, dict[str, list[Factor]]]:
    """Return the rows of every name with a range, by family: of the assumptions ("") and then of the priors."""
    found: dict[str, dict[str, list[Factor]]] = {}
    for table, value, words in (("assumptions", "value", "note"), ("priors", "central", "description")):
        for row in package.table(table).to_dict("records"):
            low, high = row["low90"], row["high90"]
            range_ = (row[value], low, high) if math.isfinite(low) and low < high else (row[value],) * 3
            made = Factor(row["parameter"], CITY, *range_, row["unit"], row[words])
            found.setdefault(row["parameter"], {}).setdefault(row.get("family", ""), []).append(made)
    return {
        name: rows
        for name, rows in found.items()
        if any(row.low90 < row.high90 for same in rows.values() for row in same)
    }


def factors_of(package: CityData, families: tuple[str, ...]) -> tuple[list[Factor], list[str]]:
    """Return the factors of the data besides what families state and what is fitted, and the names with ranges that
    are left out.

    Left out are names of several rows that no study draws: one number could not stand for all of them.
    """
    drawn = {name: prior for family in families for name, prior in drawn_names(package, family).items()}
    factors, left, joined = list[Factor](), list[str](), {*SHARES, *fitted_names(package)}
    for name, rows in _ranges(package).items():
        if name in joined:
            continue
        if name in drawn:
            factors.append(rows[drawn[name]][0]._replace(how=DRAWN))
        elif sum(map(len, rows.values())) == 1:
            factors += [row for same in rows.values() for row in same]
        else:
            left.append(name)
    return factors, left


def changed_package(package: CityData, factors: tuple[Factor, ...], quantiles: Mapping[str, float]) -> CityData:
    """Return the data with the factors of the city at their quantiles."""
    moved = {f.name: f.at(quantiles[f.name]) for f in factors if f.how == CITY and f.name in quantiles}
    return package.with_values(moved)


def question_at(family: str, seed: int, quantiles: Mapping[str, float]) -> ParameterDraw:
    """Return the question whose draws stand at quantiles, by name; a name without one stands at its middle.

    The quantile of POSTERIOR_DRAW is a row of the posterior; without one it is the centre.
    """

    def quantile(name: str) -> float:
        return quantiles.get(plain_name(name), POSTERIOR_CENTRE if name == POSTERIOR_DRAW else MIDDLE)

    return ParameterDraw(family, 1, seed, quantile)
