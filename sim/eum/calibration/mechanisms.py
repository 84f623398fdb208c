"""Every mechanism of the model, and how it is switched off."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from eum.behavior.parameters import Parameters
from eum.behavior.payment_choice import usage_share
from eum.city.data import Package
from eum.errors import InputError

Off = Callable[[Parameters, Package], Parameters]
"""What switching a mechanism off does to the parameters of behaviour."""


def _unchanged(p: Parameters, _: Package) -> Parameters:
    return p


class Mechanism(NamedTuple):
    """A part of the model that can be switched off."""

    name: str
    meaning: str
    rows: str
    """Parameters in the data on which it stands."""
    off: Off = _unchanged
    data: Mapping[str, float] = MappingProxyType({})
    """Data values that switch it off where it is part of the city."""


def _set(**values: float) -> Off:
    return lambda p, _: p._replace(**values)


def _same_propensity(p: Parameters, package: Package) -> Parameters:
    constrained = package.prior("constrained_share", "causal").central
    mean = constrained * p.mpc_constrained + (1 - constrained) * p.mpc_other
    return p._replace(mpc_constrained=mean, mpc_other=mean)


def _constant_usage(p: Parameters, _: Package) -> Parameters:
    level = usage_share(p.reference_rate_percent, p.usage_max_share, p.usage_rate_scale_percent, 1.0)
    return p._replace(usage_max_share=level, usage_rate_scale_percent=1e-6)


_NO_PLACE = {name: 0.0 for name in Parameters._fields if name.startswith("place_response_")}
_NO_PLUS = {"plus_awareness_per_month": 0.0, "plus_imitation": 0.0, "plus_help_strength": 0.0}
_NO_GRAVITY = {"distance_decay_convenience": 0.0, "distance_decay_comparison": 0.0, "own_district_pull": 1.0}

_IN_ORDER = (
    Mechanism("seasons", "weekdays and months differ", "weekday_factor month_factor", _set(season_strength=0.0)),
    Mechanism("shock", "purchases fall in the epidemic; off, and here switched on", "shock_index",
              _set(shock_strength=1.0)),
    Mechanism("joining", "people take up the card, more at a higher rate", "adoption_p adoption_q potential_share "
              "potential_odds_ratio_5pp late_joining_per_month",
              _set(potential_share=0.0, late_joining_per_month=0.0)),
    Mechanism("dormancy", "holders stop and return, by the rate", "dormancy_per_month return_per_month "
              "dormancy_hazard_ratio_5pp", _set(dormancy_per_month=0.0, return_per_month=0.0)),
    Mechanism("neighbours", "joining, stopping and returning follow the share of holders nearby",
              "adoption_q dormancy_neighbour_ratio_10pp",
              _set(adoption_q=0.0, dormancy_neighbour_ratio_10pp=1.0)),
    Mechanism("usage_response", "card use at accepting shops rises with the rate (off: as at 3.72 percent)",
              "usage_max_share usage_rate_scale_percent", _constant_usage),
    Mechanism("place_response", "purchases move to places that got cheaper", "place_price_response",
              _set(**_NO_PLACE)),
    Mechanism("online", "online purchases move to local shops", "place_price_response online_share_start",
              _set(place_response_online=0.0)),
    Mechanism("frozen_tastes", "a purchase has the same tastes in all worlds", "frozen_tastes",
              _set(frozen_tastes=0.0)),
    Mechanism("gravity", "near districts attract more (off: districts attract by their shops alone)",
              "distance_decay_convenience distance_decay_comparison own_district_pull",
              data=_NO_GRAVITY),
    Mechanism("habit", "half of the purchases go to the known shop", "habit_share", _set(habit_share=0.0)),
    Mechanism("visitors", "people from outside hold the card", "subscriber_share_visitors",
              _set(visitor_card_share=0.0, place_response_visitor=0.0)),
    Mechanism("cashback_held", "cashback is spent weeks later (off: at the next payment)", "cashback_use_share",
              _set(cashback_use_share=1.0)),
    Mechanism("grant_use", "people take the card out to spend grant money (no grant in this policy)",
              "grant_use_share", _set(grant_use_share=0.0)),
    Mechanism("new_consumption", "baskets grow by a part of the cashback", "mpc_constrained mpc_other",
              _set(mpc_constrained=0.0, mpc_other=0.0, basket_response=0.0)),
    Mechanism("household_types", "constrained households spend more of it (off: all spend the mean)",
              "constrained_share mpc_constrained mpc_other", _same_propensity),
    Mechanism("time_shift", "storable purchases wait for an announced rise, or come before a cut",
              "time_shift_response storable_share", _set(time_shift_response=0.0)),
    Mechanism("plus_decision", "small shops join or leave Plus shops", "plus_awareness_per_month "
              "plus_expected_extra_share contribution_margin_share", _set(**_NO_PLUS)),
    Mechanism("plus_imitation", "owners imitate Plus shops of their trade and district", "plus_imitation",
              _set(plus_imitation=0.0)),
    Mechanism("plus_help", "the city's help in kind makes owners aware and is worth money to them",
              "plus_help_awareness plus_help_worth_krw", _set(plus_help_strength=0.0)),
    Mechanism("second_round", "value added becomes local income and is spent", "own_region_value_added "
              "local_income_share second_round_propensity", _set(second_round_propensity=0.0)),
    Mechanism("retail_margin", "retail counts its margin as output, not the till", "output_share_of_till",
              data={"output_share_of_till": 1.0}),
)  # fmt: skip

MECHANISMS = {m.name: m for m in _IN_ORDER}
"""All mechanisms by name, in the order of the day."""


def require_mechanisms(names: tuple[str, ...]) -> None:
    """Raise InputError for a name that is no mechanism."""
    for name in names:
        if name not in MECHANISMS:
            raise InputError(f"--disable: {name}: expected one of {', '.join(MECHANISMS)}")


def switched_off(package: Package, names: tuple[str, ...]) -> tuple[Package, Callable[[Parameters], Parameters]]:
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
