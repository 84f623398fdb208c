"""The card as three equations for a month, beside the agents: for which outputs are agents needed?

One place (the city, a card, a district, a trade) with N users, spending of each on the card, and charges; r is the
effective promised rate of the month, percent. All of it is closed: a month follows from the month before.

- Users (diffusion, Bass 1969, "A new product growth for model consumer durables", with a potential that moves with the
  rate, and leaving after a cut):
  N(t) = N(t-1) exp(-d max(r(t-1) - r(t), 0)) + (p + q N(t-1) / K(t)) max(K(t) - N(t-1), 0),
  K(t) = exp(k + g (r(t) - 10)).
- Payments: P(t) = N(t) E s(t); s is the share of eligible spending E = `ELIGIBLE_KRW` that a user pays by card, a
  logit in the rate with habit: logit s(t) = l logit s(t-1) + (1 - l) (a + b (r(t) - 10)), at rest in the first month.
- Charges: C(t) = P(t) (1 - r(t) / 100) + m (P(t) - P(t-1)): cashback is spent too and need not be charged, and money
  held on cards is m months of payments; where m is negative charges lag behind payments.

The ten parameters (`AGGREGATE_PARAMETERS`) are fitted to the logarithms of what is known to an origin, by least squares
with a penalty for distance from what is thought beforehand: months without a change of the rate say nothing of b, d, g.
"""

from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from eum.analysis.forecasts.known_rates import TYPICAL_SPENDING_KRW
from eum.finite import finite

ELIGIBLE_KRW = 1_000_000
"""Monthly spending of a user at shops that take the card; payments identify only its product with users."""
REFERENCE_PERCENT = 10.0
"""Rate that potential and share are counted from."""
LEAST_OF_PAYMENTS = 0.05
"""Charges are never less than this part of payments."""


PLAIN, LOG, LOGIT = "plain", "log", "logit"


class Parameter(NamedTuple):
    """What is thought of a parameter beforehand: median, and standard deviation on a scale without bounds."""

    name: str
    median: float
    sd: float
    scale: str
    """`PLAIN`; `LOG` for what is above zero; `LOGIT` for what lies between 0 and 1."""


AGGREGATE_PARAMETERS = (
    Parameter("log_users_at_start", 0.0, 1.0, PLAIN),
    Parameter("log_potential", 0.5, 0.7, PLAIN),
    Parameter("potential_per_point", 0.05, 0.6, LOG),
    Parameter("innovation", 0.01, 1.0, LOG),
    Parameter("imitation", 0.1, 0.7, LOG),
    Parameter("leaving_per_point", 0.03, 0.6, LOG),
    Parameter("share_logit", -1.0, 0.5, PLAIN),
    Parameter("share_per_point", 0.10, 0.3, LOG),
    Parameter("habit", 0.3, 1.0, LOGIT),
    Parameter("months_held", 0.3, 0.3, PLAIN),
)
"""N(0) and exp(k) are over the users that the first payments would need at `TYPICAL_SPENDING_KRW` each. At the medians
the rate moves payments by 0.07 ln per point after a rise and 0.10 after a cut, and by 0.05 more in the long run, as
`usage_semi_elasticity_*` of data/priors.csv. The rest is judgement."""
N_PARAMETERS = len(AGGREGATE_PARAMETERS)
_SCALES = [parameter.scale for parameter in AGGREGATE_PARAMETERS]
_IS_LOG, _IS_LOGIT = (np.array([scale == kind for scale in _SCALES]) for kind in (LOG, LOGIT))
_MEDIAN = np.array([parameter.median for parameter in AGGREGATE_PARAMETERS])
SD = np.array([parameter.sd for parameter in AGGREGATE_PARAMETERS])


def parameter_values(points: np.ndarray) -> np.ndarray:
    """Return the parameters, float64[..., 10], of points of the space without bounds, in which the medians are 0 and
    each coordinate is counted in its sd."""
    z = points * SD
    plain = _MEDIAN + z
    log = _MEDIAN * np.exp(np.where(_IS_LOG, z, 0.0))
    logit = special.expit(special.logit(np.where(_IS_LOGIT, _MEDIAN, 0.5)) + z)
    return np.where(_IS_LOG, log, np.where(_IS_LOGIT, logit, plain))


USERS, PAYMENTS, ISSUANCE = MODEL_OUTPUTS = ("users", "payments", "issuance")
"""Outputs of the model, in the order of their axis."""


@finite("the aggregate model")
def simulated_logs(parameters: np.ndarray, effective_percent: np.ndarray, log_first_krw: float) -> np.ndarray:
    """Return the logarithms of users, payments and charges by month, float64[B, 3, T].

    `parameters` is float64[B, 10], a row for each run; `effective_percent` float64[T]; `log_first_krw` the logarithm of
    the payments that users are counted by (see `AGGREGATE_PARAMETERS`).
    """
    n0, k, g, p, q, d, a, b, habit, held = parameters.T
    base = log_first_krw - np.log(TYPICAL_SPENDING_KRW)
    points = effective_percent - REFERENCE_PERCENT
    users, share_logit = np.exp(base + n0), a + b * points[0]
    before = None
    months = np.empty((len(parameters), 3, len(points)))
    for t, point in enumerate(points):
        if t:
            potential = np.exp(base + k + g * point)
            staying = users * np.exp(-d * max(points[t - 1] - point, 0.0))
            users = staying + (p + q * users / potential) * np.maximum(potential - users, 0.0)
            share_logit = habit * share_logit + (1 - habit) * (a + b * point)
        payments = users * ELIGIBLE_KRW * special.expit(share_logit)
        charges = payments * (1 - effective_percent[t] / 100)
        charges += held * (payments - (payments if before is None else before))
        before = payments
        months[:, 0, t], months[:, 1, t] = users, payments
        months[:, 2, t] = np.maximum(charges, LEAST_OF_PAYMENTS * payments)
    return np.log(months)


class Misfit(NamedTuple):
    """What the parameters of one place are judged by."""

    outputs: tuple[str, ...]
    """Those of `MODEL_OUTPUTS` that are known."""
    log_values: np.ndarray
    """float64[k, n]: their logarithms."""
    errors: np.ndarray
    """float64[k]: standard deviation that a residual of each counts with."""
    effective_percent: np.ndarray
    """float64[n]"""
    log_first_krw: float

    def simulated(self, points: np.ndarray) -> np.ndarray:
        """Return the known outputs at points (`parameter_values`), float64[B, 10], as float64[B, k, n]."""
        chosen = [MODEL_OUTPUTS.index(name) for name in self.outputs]
        return simulated_logs(parameter_values(points), self.effective_percent, self.log_first_krw)[:, chosen]

    def weighted(self, points: np.ndarray, noise: np.ndarray | float = 0.0) -> np.ndarray:
        """Return residuals over their error, then distances from the medians in sd, float64[B, k n + 10].

        `noise`, of this shape, moves the data and the medians: what is drawn in a bootstrap.
        """
        misses = (self.log_values - self.simulated(points)) / self.errors[:, None]
        return np.concatenate([misses.reshape(len(points), -1), -points], axis=1) + noise

    def slopes(self, points: np.ndarray) -> np.ndarray:
        """Return the change of `weighted` by each coordinate, float64[B, k n + 10, 10], by differences."""
        moved = points[:, None] + _STEP * np.eye(N_PARAMETERS)
        rows = self.weighted(moved.reshape(-1, N_PARAMETERS)).reshape(len(points), N_PARAMETERS, -1)
        return ((rows - self.weighted(points)[:, None]) / _STEP).transpose(0, 2, 1)


class AggregateFit(NamedTuple):
    """The aggregate model fitted to a place."""

    point: np.ndarray
    """float64[10]: the parameters as a point (`parameter_values`)."""
    residuals: dict[str, np.ndarray]
    """Known less fitted logarithms by output, float64[n]."""
    persistence: dict[str, float]
    """Autocorrelation of the residuals from one month to the next, from 0 to `MOST_PERSISTENCE`."""
    misfit: Misfit
    """What was made least."""


MOST_PERSISTENCE = 0.9
FIRST_ERROR, LEAST_ERROR = 0.05, 0.01
"""Standard deviation of a residual at first, and at least."""
_STEP = 1e-5
_FITS = 3


def _persistence(residuals: np.ndarray) -> float:
    size = float(residuals @ residuals)
    return float(np.clip(residuals[1:] @ residuals[:-1] / size, 0.0, MOST_PERSISTENCE)) if size > 0 else 0.0


def _error_of(residuals: np.ndarray) -> float:
    """Return the standard deviation that a residual counts with: larger where residuals follow each other, since then
    fewer of them are independent."""
    size, rho = float(np.sqrt((residuals**2).mean())), _persistence(residuals)
    return max(size, LEAST_ERROR) * np.sqrt((1 + rho) / (1 - rho))


def _residuals_at(point: np.ndarray, misfit: Misfit) -> np.ndarray:
    return misfit.weighted(point[None])[0]


def _slopes_at(point: np.ndarray, misfit: Misfit) -> np.ndarray:
    return misfit.slopes(point[None])[0]


def fitted_aggregate(known: dict[str, np.ndarray], effective_percent: np.ndarray) -> AggregateFit:
    """Return the model fitted to the logarithms of some of `MODEL_OUTPUTS`, float64[n] each, payments among them.

    `effective_percent` is float64[n] or longer. Least squares of residuals over their error, and of each parameter's
    distance from its median in sd; errors start at `FIRST_ERROR` and are then those of the fit before.
    """
    data = np.array(list(known.values()))
    rate, first = effective_percent[: data.shape[1]], float(known[PAYMENTS][0])
    misfit = Misfit(tuple(known), data, np.full(len(data), FIRST_ERROR), rate, first)
    point, errors = np.zeros(N_PARAMETERS), misfit.errors
    for _ in range(_FITS):
        misfit = misfit._replace(errors=errors)
        point = optimize.least_squares(_residuals_at, point, _slopes_at, method="lm", args=(misfit,)).x
        misses = data - misfit.simulated(point[None])[0]
        errors = np.array([_error_of(row) for row in misses])
    residuals = dict(zip(known, misses, strict=True))
    return AggregateFit(point, residuals, {name: _persistence(row) for name, row in residuals.items()}, misfit)
