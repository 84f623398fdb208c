"""How far figures may be from the model at its best parameters: processes in time, whose sizes are inferred.

What the model leaves out (weather, news, habits that change) moves a figure for months, and figures that hang together
with it. The logarithm of a figure is the model's plus Ornstein-Uhlenbeck processes (Kennedy and O'Hagan 2001): one that
all figures of a group share, and for money and users one of activity beside it. Early on, while the card spreads from
nothing, all of them are wider. Sizes have priors and are drawn with the parameters.
"""

from typing import NamedTuple

import numpy as np
from scipy import optimize

from eum.calibration.fit.targets import MARGINS, Target

LENGTH_MONTHS = 6.0
"""Months after which a discrepancy has faded to 37 %: half a year, by judgement."""
MARGIN_OFFSET_SD, MARGIN_LENGTH_MONTHS = 1.0, 24.0
"""Shares of districts, brands and trades differ from the model's by a constant of each series, about which nothing is
known beforehand, and by a process that fades with two years."""
SERIES_LOG_SD = 0.6
"""Standard deviation, of ln, of the sizes of the processes of single series about that of their group (judgement)."""
_LEAST_MARGIN_SIZE, _MOST_MARGIN_SIZE = 0.01, 1.0
_ALONE_SD = 0.02
"""Of each figure by itself, of ln: events of a month."""
_EARLY, _EARLY_FROM, _EARLY_MONTHS = 6.0, 2.0, 5.0
"""Discrepancies are 1 + 6 times as wide until two months after the first day, and fade with five months: until August
2019 there was no limit, and families and businesses paid with one card; the model does not."""
ACTIVITY = "activity"
_LOADS = {
    "payments": (ACTIVITY,),
    "issuance": (ACTIVITY, "charging"),
    "cashback_paid": (ACTIVITY, "rate"),
    "cashback_rate_effective": ("rate",),
    "subscribers": ("members",),
    "active_users": (ACTIVITY, "users"),
    "float_cashback": ("cashback held",),
    "float_charged": ("money held",),
    "plus_merchants": ("plus",),
}
"""The processes that move each group; margins have one of their own for each series."""
SIZES = (ACTIVITY, "charging", "rate", "members", "users", "cashback held", "money held")
"""Processes whose sizes are inferred."""
FIXED_SIZE = {"plus": 0.5}
"""Of Plus shops, whose path the model is only bound to at its ends."""
SIZE_MEDIAN, SIZE_LOG_SD = 0.07, 0.6
"""Prior of each size: log-normal about 7 percent, 90 % from 2.6 to 19 (judgement)."""


class Layout(NamedTuple):
    """The covariance of targets for sizes of one, process by process."""

    parts: np.ndarray
    """float64[S, m, m]: correlation by process of `SIZES`, zero where a target does not move with it."""
    rest: np.ndarray
    """float64[m, m]: what has no size to infer: observation, each figure alone, processes of fixed size."""

    def covariance(self, sizes: np.ndarray) -> np.ndarray:
        """Return float64[m, m] for float64[S] sizes."""
        return self.rest + np.tensordot(sizes**2, self.parts, axes=1)

    def at(self, places: np.ndarray) -> "Layout":
        """Return the layout of some of the targets."""
        return Layout(self.parts[:, places[:, None], places], self.rest[np.ix_(places, places)])


def sizes_at(scores: np.ndarray) -> np.ndarray:
    """Return sizes of processes at scores, standard normal in their prior."""
    return SIZE_MEDIAN * np.exp(SIZE_LOG_SD * np.asarray(scores, dtype=float))


def _widening(months: np.ndarray) -> np.ndarray:
    return 1.0 + _EARLY * np.exp(-np.maximum(months - _EARLY_FROM, 0.0) / _EARLY_MONTHS)


def _series(target: Target) -> str:
    return f"{target.group} {target.scope}"


def layout_of(targets: tuple[Target, ...], margin_sds: dict[str, float]) -> Layout:
    """Return how targets move together; `margin_sds` are sizes of the processes of margins (`margin_sizes`).

    A series without a size of its own has that of its group. Where that has none either nothing is known: all of its
    covariances are NaN.
    """
    months = np.array([t.month for t in targets])
    wide = _widening(months)
    apart = np.abs(months[:, None] - months[None, :])
    faded = np.exp(-apart / LENGTH_MONTHS) * wide[:, None] * wide[None, :]
    parts = [faded * _together(targets, name) for name in SIZES]
    rest = np.diag([t.sd**2 + _ALONE_SD**2 for t in targets])
    for name, size in FIXED_SIZE.items():
        rest += size**2 * faded * _together(targets, name)
    series = np.array([_series(t) if t.group in MARGINS else f"{n}" for n, t in enumerate(targets)])
    together = series[:, None] == series[None, :]
    of_margins = np.array([t.group in MARGINS for t in targets])
    rest += MARGIN_OFFSET_SD**2 * together * of_margins[:, None]
    slowly = np.exp(-apart / MARGIN_LENGTH_MONTHS) * together
    sizes = np.array(
        [margin_sds.get(_series(t), margin_sds.get(t.group, np.nan)) if t.group in MARGINS else 0.0 for t in targets]
    )
    rest += sizes[:, None] * sizes[None, :] * slowly
    return Layout(np.array(parts), rest)


def margin_sizes(targets: tuple[Target, ...], simulated: np.ndarray) -> dict[str, float]:
    """Return the sizes of the processes of margins, of ln: by group, and by series ("card_payments card_seo").

    Sizes are those under which what the median of runs leaves of the figures is likeliest: one for all series of a
    group, then one for each series, drawn to its group's by a log-normal with `SERIES_LOG_SD`. `simulated` is
    float64[R, m]. A group without a figure has none.
    """
    found: dict[str, float] = {}
    for group in MARGINS:
        mine = np.array([n for n, t in enumerate(targets) if t.group == group], dtype=np.int64)
        if not len(mine):
            continue
        left = np.array([targets[n].value for n in mine]) - np.median(simulated[:, mine], axis=0)
        of_group = tuple(targets[n] for n in mine)
        found[group] = _likeliest_size(of_group, left)
        series = np.array([_series(t) for t in of_group])
        for name in dict.fromkeys(series.tolist()):
            its = np.flatnonzero(series == name)
            found[name] = _likeliest_size(tuple(of_group[n] for n in its), left[its], found[group])
    return found


def _likeliest_size(targets: tuple[Target, ...], left: np.ndarray, about: float | None = None) -> float:
    """Return the likeliest size of the process of targets of one group; `about` is the median of its prior, if any."""

    def minus_likelihood(log_size: float) -> float:
        factor = np.linalg.cholesky(layout_of(targets, {targets[0].group: float(np.exp(log_size))}).rest)
        from_prior = 0.0 if about is None else (log_size - float(np.log(about))) / SERIES_LOG_SD
        whitened = np.linalg.solve(factor, left)
        return float(0.5 * (whitened**2).sum() + np.log(np.diag(factor)).sum() + 0.5 * from_prior**2)

    bounds = (float(np.log(_LEAST_MARGIN_SIZE)), float(np.log(_MOST_MARGIN_SIZE)))
    return float(np.exp(optimize.minimize_scalar(minus_likelihood, bounds=bounds, method="bounded").x))


def _together(targets: tuple[Target, ...], process: str) -> np.ndarray:
    moves = np.array([process in _LOADS.get(t.group, ()) for t in targets], dtype=float)
    return moves[:, None] * moves[None, :]


class Conditional(NamedTuple):
    """What is known of some targets' discrepancies once those of others are seen."""

    gain: np.ndarray
    """float64[a, m]: times the seen discrepancies of m targets it gives the mean of a others."""
    covariance: np.ndarray
    """float64[a, a]"""


def conditional(covariance: np.ndarray, seen: np.ndarray, wanted: np.ndarray) -> Conditional:
    """Return the distribution of the discrepancies `wanted` given those `seen` (int64 places in the covariance)."""
    of_seen = covariance[np.ix_(seen, seen)]
    between = covariance[np.ix_(wanted, seen)]
    gain = np.linalg.solve(of_seen, between.T).T
    return Conditional(gain, covariance[np.ix_(wanted, wanted)] - gain @ between.T)
