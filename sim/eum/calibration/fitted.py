"""The fitted parameters of behaviour: draws from their joint posterior, as data/posterior.csv has them.

A fit to the record of the card gives one table. Row 0 is the centre of the posterior, rows 1 to N its draws; an answer
takes all fitted parameters from one row, so that what the record says of several of them together is kept.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from eum.behavior.parameters import DECLARED
from eum.city.data import CityData, Prior
from eum.city.descriptor import quoted_value
from eum.city.schema import near
from eum.errors import InputError
from eum.intervals import percentile_ends

POSTERIOR: Final = "posterior"
PRIOR: Final = "prior"
PARAMETER_SOURCES = (POSTERIOR, PRIOR)
"""Where fitted parameters come from: their joint posterior, or the prior of each for a prior-predictive answer."""

PRIOR_DOMINATED = 0.8
"""A posterior wider than this part of its prior says little that the prior did not."""

_Z95 = 1.6448536269514722
_SCALES: dict[str, Callable[..., np.ndarray]] = {"none": np.asarray, "log": np.log, "logit": special.logit}


def require_parameter_source(source: str) -> None:
    """Raise InputError for an unknown source of the fitted parameters."""
    if source not in PARAMETER_SOURCES:
        raise InputError(f"--parameters: {source}: expected one of {', '.join(PARAMETER_SOURCES)}")


def _draws(package: CityData) -> pd.DataFrame:
    """Return the draws by parameter, row 0 the centre. Raises InputError for no table, or no parameter of behaviour."""
    if "posterior" not in package.tables or "fit_parameters" not in package.tables:
        file = quoted_value(package.folder, "datapackage.json")
        raise InputError(f"{file}: no posterior; expected posterior.csv and fit_parameters.csv, or --parameters prior")
    draws = package.table("posterior").drop(columns="draw")
    for name in draws:
        if name not in DECLARED:
            file = quoted_value(package.folder, "posterior.csv")
            raise InputError(
                f"{file}: column {name}: expected a parameter of behaviour{near(str(name), list(DECLARED))}"
            )
    return draws


def fitted_names(package: CityData) -> tuple[str, ...]:
    """Return the names of the fitted parameters.

    Raises InputError for data without a posterior, and for a column that is no parameter of behaviour.
    """
    return tuple(map(str, _draws(package).columns))


def n_posterior_draws(package: CityData) -> int:
    """Return the number of draws besides the centre. Raises InputError as `fitted_names`."""
    return len(_draws(package)) - 1


def posterior_row(package: CityData, row: int) -> dict[str, float]:
    """Return the fitted parameters, in their units, of the centre (row 0) or a draw (1 to N) of the posterior.

    Raises InputError as `fitted_names`.
    """
    draws = _draws(package)
    return dict(zip(map(str, draws.columns), draws.to_numpy(dtype=float)[row].tolist(), strict=True))


class FittedRange(NamedTuple):
    """What the record says of one parameter, in its unit."""

    central: float
    """At the centre of the posterior."""
    low90: float
    high90: float
    """5th and 95th percentile of its draws."""
    is_prior_dominated: bool
    """Whether the record hardly moves it: the posterior is at least PRIOR_DOMINATED times as wide as the prior."""


def posterior_range(package: CityData, name: str, prior: Prior) -> FittedRange:
    """Return the posterior of a fitted parameter beside its prior. Raises InputError as `fitted_names`.

    Widths are standard deviations on the scale on which the prior is normal.
    """
    values = _draws(package)[name].to_numpy(dtype=float)
    rows = package.table("fit_parameters").set_index("parameter")
    on_scale = _SCALES[str(rows.loc[name, "transformation"])]
    low, high = percentile_ends(values[1:])
    prior_sd = float(on_scale(prior.high90) - on_scale(prior.low90)) / (2 * _Z95)
    posterior_sd = float(np.std(on_scale(values[1:]), ddof=1))
    return FittedRange(float(values[0]), float(low), float(high), posterior_sd > PRIOR_DOMINATED * prior_sd)
