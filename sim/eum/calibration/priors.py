"""Values of the parameters: the centre of what is known of each, or one keyed draw.

Fitted parameters come from one row of their joint posterior (`eum.calibration.fitted`), all others each from its own
prior.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from eum import rng
from eum.behavior.parameters import DECLARED, Declared, Parameters
from eum.calibration.fitted import (
    POSTERIOR,
    FittedRange,
    fitted_names,
    n_posterior_draws,
    posterior_range,
    posterior_row,
    require_parameter_source,
)
from eum.city.data import CityData, Prior
from eum.city.descriptor import quoted_value
from eum.city.spending import sector_values
from eum.dimensions import EVIDENCE
from eum.errors import InputError
from eum.outcomes.effects import Coefficients

CENTRAL = 0
"""Number of the draw that stands for the centre of the posterior and the centres of all priors."""

_Z95 = 1.6448536269514722
SHARES = ("share_replaced", "share_switching", "share_retained", "share_inflow", "share_new")
"""Classes of card payments that a family of evidence states; they sum to one."""

STEPPED = (
    *("place_response_large", "place_response_outside", "place_response_online", "place_response_visitor"),
    "visitor_card_share",
)
"""Parameters that inference moves round by round towards what a family states of payments' purposes."""
PROPENSITIES = ("mpc_constrained", "mpc_other", "basket_response")
"""Parameters that it sets from the stated share of new consumption and the rate of cashback."""
INFERRED = (*STEPPED, *PROPENSITIES)
"""Every parameter that inference (`eum.calibration.anchoring`) sets; all others are what data/ says of them."""

POSTERIOR_DRAW = "posterior_draw"
"""Name under which the row of the posterior is drawn."""
POSTERIOR_CENTRE = 0.0
"""In place of a quantile of POSTERIOR_DRAW: the centre of the posterior."""


class ParameterDraw(NamedTuple):
    """Which draw of which family is requested: draw 0 is the centre of the posterior and of every other prior."""

    family: str
    draw: int
    seed: int
    quantile_of: Callable[[str], float] | None = None
    """Gives the quantile, in the open interval (0, 1), of a parameter by name, in place of the keyed draw: for a design
    of experiments (`eum.analysis.sensitivity`). Fitted parameters are one factor, POSTERIOR_DRAW."""
    source: str = POSTERIOR
    """Where fitted parameters come from: their posterior, or each from its prior for a prior-predictive answer."""


def require_family(family: str) -> None:
    """Raise InputError for an unknown family of evidence."""
    if family not in EVIDENCE:
        raise InputError(f"--evidence: {family}: expected one of {', '.join(EVIDENCE)}")


def uniform(draw: ParameterDraw, name: str) -> float:
    """Return the draw of a parameter: a function of seed, draw number and the parameter's name alone."""
    if draw.quantile_of is not None:
        return draw.quantile_of(name)
    who = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
    key = rng.day_key(draw.seed, who, draw.draw)
    return float(rng.unit(np.uint64(rng.draw(np.uint64(key), 0, rng.PRIOR))))


def two_piece_normal(central: float, low90: float, high90: float, u: float) -> float:
    """Return the quantile u of a normal with its own width on each side of the centre.

    5 % lie below `low90` and 5 % above `high90`.
    """
    z = float(special.ndtri(u))
    width = (high90 - central) if z > 0 else (central - low90)
    return central + z * width / _Z95


def at_quantile(prior: Prior, u: float) -> float:
    """Return the quantile u of a parameter with a centre and a 90 % range: never below zero, a share at most one."""
    value = max(two_piece_normal(prior.central, prior.low90, prior.high90, u), 0.0)
    return min(value, 1.0) if prior.unit == "share" else value


def _value(draw: ParameterDraw, name: str, prior: Prior) -> float:
    if draw.draw == CENTRAL or not prior.low90 < prior.high90:
        return prior.central
    return at_quantile(prior, uniform(draw, name))


def _prior(package: CityData, draw: ParameterDraw, name: str, family: str) -> float:
    return _value(draw, name, package.prior(name, family))


def _assumption(package: CityData, draw: ParameterDraw, name: str) -> float:
    return _value(draw, name, package.range_of(name))


class Provenance(NamedTuple):
    """Where a parameter of behaviour gets its value."""

    central: float
    low90: float
    high90: float
    """Centre and 90 % range of its prior."""
    unit: str
    confidence: str
    source: str
    is_inferred: bool
    fitted: FittedRange | None = None
    """What the record says of it, where it is fitted."""

    @property
    def value(self) -> float:
        """Return the value at draw 0: the centre of the posterior where it is fitted, or of the prior."""
        return self.central if self.fitted is None else self.fitted.central

    @property
    def ends(self) -> tuple[float, float]:
        """Return the 90 % range that draws come from: that of the posterior where it is fitted, or of the prior."""
        return (self.low90, self.high90) if self.fitted is None else (self.fitted.low90, self.fitted.high90)


def source_of(package: CityData, name: str) -> Provenance:
    """Return prior, unit, confidence and source of a parameter of behaviour, and its posterior where it is fitted."""
    declared, inferred = DECLARED[name], name in INFERRED
    if declared.row is None:
        return Provenance(0.0, 0.0, 0.0, declared.unit, "J", "inferred", inferred)
    if declared.family:
        rows = package.table("priors")
        row = rows[(rows["parameter"] == declared.row) & (rows["family"] == declared.family)].iloc[0]
        prior, source = package.prior(declared.row, declared.family), f"priors: {declared.row}"
    else:
        row = package.assumptions(declared.row).iloc[0]
        prior, source = package.range_of(declared.row), str(row["source_id"])
    fitted = posterior_range(package, name, prior) if name in fitted_names(package) else None
    return Provenance(*prior, str(row["confidence"]), source, inferred, fitted)


def _declared(package: CityData, draw: ParameterDraw, declared: Declared) -> float:
    """Return the value of a parameter by the row declared for it. Raises InputError for a row in another unit."""
    if declared.row is None:
        return 0.0
    prior = package.prior(declared.row, declared.family) if declared.family else package.range_of(declared.row)
    if prior.unit != declared.unit:
        file = quoted_value(package.folder, "priors.csv" if declared.family else "assumptions.csv")
        raise InputError(f"{file}: {declared.row}: unit {prior.unit}: expected {declared.unit}")
    return _value(draw, declared.row, prior)


def fitted_parameters(package: CityData, draw: ParameterDraw) -> dict[str, float]:
    """Return the fitted parameters, in their units, all from one row of the posterior.

    Draw 0 is its centre. Any other takes one of its draws, each as likely, by seed and number of the draw alone: with
    replacement, so that there may be more of them than rows. Raises InputError for data without a posterior, or with
    one of a name that is no parameter of behaviour.
    """
    if draw.draw == CENTRAL:
        return posterior_row(package, 0)
    u = uniform(draw, POSTERIOR_DRAW)
    return posterior_row(package, math.ceil(u * n_posterior_draws(package)))


def drawn_parameters(package: CityData, draw: ParameterDraw) -> Parameters:
    """Return the parameters of behaviour before the family's choice parameters are inferred.

    Fitted parameters come from the posterior, unless the draw asks for their priors. Every other value comes from
    data/priors.csv or data/assumptions.csv, by the row and in the unit declared for it (`eum.behavior.parameters`).
    Raises InputError for a row that is missing or in another unit, for an unknown source, and as `fitted_parameters`.
    """
    require_parameter_source(draw.source)
    fitted = fitted_parameters(package, draw) if draw.source == POSTERIOR else {}
    return Parameters(
        **{name: fitted[name] if name in fitted else _declared(package, draw, at) for name, at in DECLARED.items()}
    )


def target_shares(package: CityData, draw: ParameterDraw) -> dict[str, float]:
    """Return the shares of card payments by class that the family states; a draw is Dirichlet around them."""
    if draw.draw == CENTRAL:
        mean = np.array([package.prior(name, draw.family).central for name in SHARES])
        return dict(zip(SHARES, mean / mean.sum(), strict=True))
    return shares_at(package, draw.family, [uniform(draw, f"{draw.family} {name}") for name in SHARES])


def dirichlet(package: CityData, family: str) -> np.ndarray:
    """Return float64[5]: the parameters of a family's Dirichlet prior of SHARES.

    The concentration is the median of those that give each share's 90 % range the right width.
    """
    priors = [package.prior(name, family) for name in SHARES]
    mean = np.array([p.central for p in priors])
    mean = mean / mean.sum()
    sd = np.array([(p.high90 - p.low90) / (2 * _Z95) for p in priors])
    known = (sd > 0) & (mean > 0)
    return mean * float(np.median(mean[known] * (1 - mean[known]) / sd[known] ** 2 - 1))


def shares_at(package: CityData, family: str, u: Sequence[float]) -> dict[str, float]:
    """Return the Dirichlet shares of a family at five quantiles u, one for each of SHARES."""
    shapes = dirichlet(package, family)
    gamma = np.array([special.gammaincinv(m, ui) if m > 0 else 0.0 for ui, m in zip(u, shapes, strict=True)])
    return dict(zip(SHARES, gamma / gamma.sum(), strict=True))


def coefficients(package: CityData, draw: ParameterDraw, parameters: Parameters) -> Coefficients:
    """Return what turns sales into value added and payments into cost, at the centres or drawn."""
    return Coefficients(
        value_added_by_sector=sector_values(package, "output_share_of_till") * parameters.own_region_value_added,
        national_value_added=_prior(package, draw, "national_value_added_factor", "common"),
        own_region_output=_prior(package, draw, "own_region_output", "iri2019"),
        operation_share=_prior(package, draw, "admin_cost_share", "common"),
        payback_12m=_assumption(package, draw, "new_consumption_payback_12m"),
        # Not drawn: the table of fees shows both of its ends beside each other.
        fee_reference_credit_share=package.assumption("fee_reference_credit_share"),
    )
