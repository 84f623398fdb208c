"""Synthetic truths are fitted again, and how often intervals held is counted (simulation-based calibration).

A truth is a run at a draw of the prior that the emulator did not learn from, with discrepancies drawn as the likelihood
assumes them (Talts and others 2018). What is counted are parameters, and three figures that follow from them.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.fit.discrepancy import SIZES, sizes_at
from eum.calibration.fit.emulator import emulate
from eum.calibration.fit.learn import LearntHistory
from eum.calibration.fit.parameters import fit_parameters, identification_label
from eum.calibration.fit.posterior import FittedHistory
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.training_set import is_of_prior
from eum.city.data import CityData
from eum.intervals import binomial_interval
from eum.runner.tasks import Task, TaskRunner, TaskTables

_TOGETHER = 4
_FOLDS = 4
HELD_LEVELS = (0.5, 0.9)
HEADLINES = (("payments", "2022-05-31"), ("issuance", "2022-12-31"), ("float_cashback", "2022-12-31"))
"""Figures of which recovery is counted beside parameters: group and last day."""


class Refits(NamedTuple):
    """Truths to be fitted again."""

    history: FittedHistory
    """With an emulator that did not learn from them."""
    seen: np.ndarray
    points: np.ndarray
    """float64[n, k]: scores of the truths."""
    values: np.ndarray
    """float64[n, m]: what their runs say of targets."""
    numbers: tuple[int, ...]
    names: tuple[str, ...]


def _headline_places(history: FittedHistory) -> dict[str, int]:
    """Return the places of the headlines that a fit reaches, by name."""
    found = {(t.group, t.end.isoformat()): n for n, t in reversed(list(enumerate(history.targets)))}
    return {f"{group} {day[:7]}": found[group, day] for group, day in HEADLINES if (group, day) in found}


def refit_tables(job: Refits) -> TaskTables:
    """Fit every truth of a job again; return the table `refits`: truth, name, rank of the truth among draws, mean and
    standard deviation of the draws, and its true value (scores; ln of a headline without discrepancy)."""
    history, rows = job.history, []
    headlines = list(_headline_places(history).values())
    for number, point, values in zip(job.numbers, job.points, job.values, strict=True):
        key = stream_key(history.seed, "refit", number)
        sizes = normals(stream_key(key, "sizes"), len(SIZES))
        part = np.ix_(job.seen, job.seen)
        factor = np.linalg.cholesky(history.layout.covariance(sizes_at(sizes))[part])
        observed = history.observed.copy()
        observed[job.seen] = values[job.seen] + factor @ normals(stream_key(key, "noise"), len(job.seen))
        drawn = history.fit(job.seen, key, observed).points
        emulated = history.emulator.at(drawn[:, : history.n_parameters])[:, headlines]
        found = np.hstack([drawn[:, : history.n_parameters], emulated])
        truth = np.concatenate([point, values[headlines]])
        for name, draws, true in zip(job.names, found.T, truth, strict=True):
            rank = float((draws < true).mean())
            rows.append((number, name, rank, float(draws.mean()), float(draws.std()), float(true)))
    return {"refits": pd.DataFrame(rows, columns=["truth", "name", "rank", "mean", "sd", "true"])}


def recovered(
    package: CityData, learnt: LearntHistory, points: np.ndarray, many: TaskRunner, mark: str
) -> pd.DataFrame:
    """Return the table of all refits: truths are runs at draws of the prior, in parts of which each is left out in turn
    from what the emulator learns from. `points` (float64[R, k]) are the scores of the runs."""
    history, values, seen = learnt.history, learnt.simulated, np.arange(learnt.known.n_city)
    truths = np.flatnonzero(is_of_prior(history.size.n_runs))[: history.size.n_truths]
    headlines = _headline_places(history)
    names = (*(p.name for p in fit_parameters(package)), *headlines)
    places = np.concatenate([seen, [n for n in headlines.values() if n not in seen]]).astype(np.int64)
    own, values = tuple(history.targets[n] for n in places), values[:, places]
    tasks = []
    for fold in range(_FOLDS):
        mine = truths[fold::_FOLDS]
        rest = np.setdiff1d(np.arange(len(points)), mine)
        emulator = emulate(points[rest], values[rest], tuple(t.group for t in own))
        part = history._replace(targets=own, emulator=emulator, layout=history.layout.at(places))
        for first in range(0, len(mine), _TOGETHER):
            some = mine[first : first + _TOGETHER]
            job = Refits(part, seen, points[some], values[some], tuple(map(int, some)), names)
            tasks.append(Task(f"refits {fold} {first:05d}", refit_tables, job))
    return many.run(tasks, mark)["refits"]


_TENTHS = [f"tenth_{i}" for i in range(1, 11)]


def recovery_summary(package: CityData, refits: pd.DataFrame) -> pd.DataFrame:
    """Return by name what the refits of synthetic truths came to.

    kind: parameter or headline; number of truths; of parameters the part of the prior's standard deviation that is
    left, median, and what that is called; how often intervals of 50 and 90 % held, with the 90 % interval of that;
    holds: whether nine in ten lies in it; chi-square of ranks in ten bins (9 degrees), and the truths in each.
    """
    parameters, rows = {p.name for p in fit_parameters(package)}, []
    for name, part in refits.groupby("name", sort=False):
        rank, n = part["rank"].to_numpy(), len(part)
        sd_left = float(part["sd"].median()) if name in parameters else float("nan")
        called = identification_label(sd_left) if name in parameters else ""
        row: dict[str, object] = {"kind": "parameter" if name in parameters else "headline", "name": name}
        row |= {"n_truths": n, "sd_left": sd_left, "called": called}
        for level in HELD_LEVELS:
            held, column = float((np.abs(rank - 0.5) <= level / 2).mean()), f"held_{100 * level:.0f}"
            low, high = binomial_interval(held, n)
            row |= {column: held, f"{column}_low": low, f"{column}_high": high}
        row["holds"] = "yes" if low <= HELD_LEVELS[-1] <= high else "no"
        bins = np.histogram(rank, bins=10, range=(0, 1))[0]
        chi2 = float(((bins - n / 10) ** 2 / (n / 10)).sum())
        rows.append({**row, "chi2_of_ranks": chi2, **dict(zip(_TENTHS, map(int, bins), strict=True))})
    return pd.DataFrame(rows)
