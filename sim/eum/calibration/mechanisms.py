"""Every mechanism of the model, and how it is switched off."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from eum.behavior.parameters import DECLARED, MECHANISM_MEANINGS, Parameters
from eum.behavior.payment_choice import usage_share
from eum.city.data import CityData
from eum.errors import InputError

Off = Callable[[Parameters, CityData], Parameters]
"""What switching a mechanism off does to the parameters of behaviour."""


class Mechanism(NamedTuple):
    """A part of the model that can be switched off."""

    name: str
    meaning: str
    rows: str
    """Parameters in the data on which it stands."""
    off: Off
    data: Mapping[str, float] = MappingProxyType({})
    """Data values that switch it off where it is part of the city."""


def _set(**values: float) -> Off:
    return lambda p, _: p._replace(**values)


def _same_propensity(p: Parameters, package: CityData) -> Parameters:
    constrained = package.prior("constrained_share", "causal").central
    mean = constrained * p.mpc_constrained + (1 - constrained) * p.mpc_other
    return p._replace(mpc_constrained=mean, mpc_other=mean)


def _constant_usage(p: Parameters, _: CityData) -> Parameters:
    level = usage_share(p.reference_rate_percent, p.usage_max_share, p.usage_rate_scale_percent, 1.0)
    return p._replace(usage_max_share=level, usage_rate_scale_percent=1e-6)


_OFF: dict[str, Off] = {"usage_response": _constant_usage, "household_types": _same_propensity}
"""Mechanisms that no fixed values switch off."""
_CITY_VALUES: dict[str, dict[str, float]] = {
    "gravity": {"distance_decay_convenience": 0.0, "distance_decay_comparison": 0.0, "own_district_pull": 1.0},
    "retail_margin": {"output_share_of_till": 1.0},
}
"""Mechanisms that are part of the city, with the values of the data that switch them off."""
_CITY_ROWS = {
    "seasons": ("weekday_factor", "month_factor"),
    "shock": ("shock_index",),
    "online": ("online_share_start",),
    "household_types": ("constrained_share",),
    "time_shift": ("storable_share",),
    "plus_decision": ("contribution_margin_share",),
    "plus_help": ("plus_help_awareness", "plus_help_worth_krw"),
    **{name: tuple(values) for name, values in _CITY_VALUES.items()},
}
"""Rows of the data besides those of parameters on which a mechanism stands."""


def _mechanism(name: str, meaning: str) -> Mechanism:
    standing = {p: declared for p, declared in DECLARED.items() if name in declared.mechanisms}
    values = {p: declared.mechanisms[name] for p, declared in standing.items()}
    off = _OFF.get(name) or _set(**{p: value for p, value in values.items() if value is not None})
    rows = [declared.row for declared in standing.values() if declared.row is not None]
    rows += _CITY_ROWS.get(name, ())
    return Mechanism(name, meaning, " ".join(dict.fromkeys(rows)), off, MappingProxyType(_CITY_VALUES.get(name, {})))


MECHANISMS = {name: _mechanism(name, meaning) for name, meaning in MECHANISM_MEANINGS.items()}
"""All mechanisms by name, in the order of the day; what a parameter has to do with them is declared with it
(`eum.behavior.parameters`)."""


def require_mechanisms(names: tuple[str, ...]) -> None:
    """Raise InputError for a name that is no mechanism."""
    for name in names:
        if name not in MECHANISMS:
            raise InputError(f"--disable: {name}: expected one of {', '.join(MECHANISMS)}")


def without_mechanisms(
    package: CityData, names: tuple[str, ...]
) -> tuple[CityData, Callable[[Parameters], Parameters]]:
    """Return the data and the change of the parameters with some mechanisms switched off.

    Raises InputError for a name that is no mechanism.
    """
    require_mechanisms(names)
    values = {row: value for name in names for row, value in MECHANISMS[name].data.items()}

    def off(p: Parameters) -> Parameters:
        for name in names:
            p = MECHANISMS[name].off(p, package)
        return p

    return package.with_values(values), off
