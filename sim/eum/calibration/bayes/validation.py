"""The blind test: what a fit to February 2020 says of March to June, beside what came and beside naive forecasts."""

import datetime

import numpy as np
import pandas as pd

from eum.calibration.bayes.moments import BLIND, CHECK, FITTED, RESPONSE, Moment, from_scale
from eum.calibration.bayes.naive_forecasts import naive
from eum.calibration.bayes.posterior import PosteriorModel, predicted
from eum.calibration.fit.rng_streams import stream_key
from eum.calibration.bayes.scores import crps
from eum.calibration.bayes.simulate import programme
from eum.intervals import percentile_ends
from eum.policy.timetable import Timetable

WITH_SHOCK, WITHOUT_SHOCK = "model with shock index", "model without"
_BEFORE, _NOW = datetime.date(2020, 2, 15), datetime.date(2020, 3, 15)
_PARTS = {FITTED: "fitted", RESPONSE: "blind", BLIND: "blind", CHECK: "check"}


def promised_rates(fitter: PosteriorModel) -> tuple[float, float]:
    """Return the city's rate on the first won of a month, percent, in the middle of February and of March 2020."""
    timetable = Timetable(programme(fitter.family_fit.definition))
    opened = np.full(len(timetable.policy.budget), 100)
    february, march = (float(timetable.terms(day, opened).tier_bp.max()) / 100 for day in (_BEFORE, _NOW))
    return february, march


def _model_row(moment: Moment, draws: np.ndarray, forecaster: str) -> dict[str, object]:
    ends = {level: percentile_ends(draws, level) for level in (0.5, 0.9)}
    low, high = (float(end) for end in ends[0.9])
    middle = float(np.median(draws))
    return {
        "forecaster": forecaster,
        "forecast": float(from_scale(moment.scale, np.array(middle))),
        "low": float(from_scale(moment.scale, np.array(low))),
        "high": float(from_scale(moment.scale, np.array(high))),
        "error": middle - moment.published,
        "crps": crps(draws, moment.published),
        "in_50": bool(ends[0.5][0] <= moment.published <= ends[0.5][1]),
        "in_90": bool(low <= moment.published <= high),
    }


def _naive_row(moment: Moment, value: float, forecaster: str) -> dict[str, object]:
    return {
        "forecaster": forecaster,
        "forecast": float(from_scale(moment.scale, np.array(value))),
        "error": value - moment.published,
        # Of a forecast without spread the CRPS is the absolute error.
        "crps": abs(value - moment.published),
    }


def _rows_of(fitter: PosteriorModel, i: int, draws: dict[str, np.ndarray], rates: tuple[float, float]) -> list[dict]:
    moment = fitter.family_fit.chosen[i]
    rows = [_model_row(moment, said[:, i], name) for name, said in draws.items()]
    if moment.window == BLIND:
        forecasts = naive(fitter.family_fit.package, moment, rates)
        rows += [_naive_row(moment, value, name) for name, value in forecasts.items()]
    about = {
        "family": fitter.family_fit.family,
        "part": _PARTS[moment.window],
        "moment": moment.name,
        "group": moment.group,
        "quantity": moment.quantity,
        "start": moment.start.isoformat(),
        "end": moment.end.isoformat(),
        "scale": moment.scale,
        "published": float(from_scale(moment.scale, np.array(moment.published))),
    }
    return [{**about, **row} for row in rows]


def forecast_tables(fitter: PosteriorModel) -> pd.DataFrame:
    """Fit to February 2020 and return every moment beside its forecasts, in its unit; errors and CRPS on its scale.

    Moments with part `fitted` are inside the window; `blind` ones are not; `check` ones are never fitted.
    """
    family_fit = fitter.family_fit
    key = stream_key(family_fit.definition.seed, "validation", family_fit.family)
    points = fitter.fit(family_fit.published, key).points
    draws = {
        WITH_SHOCK: predicted(fitter, points, True, stream_key(key, "with")),
        WITHOUT_SHOCK: predicted(fitter, points, False, stream_key(key, "without")),
    }
    rates = promised_rates(fitter)
    rows = [row for i in range(len(family_fit.chosen)) for row in _rows_of(fitter, i, draws, rates)]
    return pd.DataFrame(rows)
