"""The certificate: synthetic truths from the prior are fitted again, and how often intervals held is counted.

A truth is a row that no emulator learnt from, with noise added as the likelihood assumes it. Parameters are certified
as recalibrated by the truths of the other half (cross-fitting), so that no truth corrects itself; what is not learnt
(stated shares, and headline numbers, which follow them) is certified as it is. A quantity is counted over the truths of
all families together: emulator, sampler and prior are built alike in each.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.bayes.abc_rejection import nearest
from eum.calibration.bayes.parameters import fit_parameters
from eum.calibration.bayes.posterior import PosteriorModel, headline_draws, synthetic
from eum.calibration.fit.rng_streams import stream_key
from eum.calibration.bayes.scores import LEVELS, interval_score, rank_of_truth, uniformity
from eum.calibration.bayes.training_set import TrainingSet
from eum.calibration.priors import SHARES
from eum.intervals import standard_error
from eum.runner.tasks import Task, TaskRunner, TaskTables

ESTIMATED_BELOW = 0.8
"""A parameter is called estimated where, on the median truth, the posterior's standard deviation is below this part
of the prior's; the others are called assumed."""
HELD = (0.85, 0.95)
"""Coverage of 90 % intervals that an estimated parameter must have."""
GRID = np.linspace(0.0, 1.0, 101)
"""Levels of the quantiles that are kept of every posterior."""
NO_WIDTH = 1e-6
"""What varies less than this in the prior is not recovered: it is given."""
PARAMETER = "parameter"
EMULATOR, REJECTION = "emulator", "rejection"
METHODS = (EMULATOR, REJECTION)
_TOGETHER = 10
_QUANTILES = [f"q{round(100 * level):03d}" for level in GRID]


class Refits(NamedTuple):
    """Truths to be fitted again, and what they are fitted with."""

    fitter: PosteriorModel
    design: TrainingSet
    truths: TrainingSet
    places: tuple[int, ...]
    """Of these truths among all."""


def identification_label(sd_left: float) -> str:
    """Return what a quantity is called whose posterior has this part of the prior's standard deviation."""
    return "estimated" if sd_left < ESTIMATED_BELOW else "assumed"


def quantities(fitter: PosteriorModel, points: np.ndarray, headline: np.ndarray) -> pd.DataFrame:
    """Return what is recovered, a column each: parameters on the scale of their prior's scores, stated shares of one,
    and headline numbers (float64[n, h]) that belong to the points (float64[n, k])."""
    names = [p.name for p in fit_parameters(fitter.family_fit.package)]
    shares = fitter.coordinates.stated(points)
    return pd.DataFrame({
        **{name: points[:, i] for i, name in enumerate(names)},
        **{f"stated {name}": shares[:, i] for i, name in enumerate(SHARES)},
        **{name: headline[:, i] for i, name in enumerate(fitter.headline_names)},
    })  # fmt: skip


def kinds(fitter: PosteriorModel) -> list[str]:
    """Return of each quantity whether it is a parameter, a stated share or a headline number."""
    n = len(fit_parameters(fitter.family_fit.package))
    return [PARAMETER] * n + ["stated share"] * len(SHARES) + ["headline"] * len(fitter.headline_names)


def _refit_summary(method: str, place: int, draws: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    values = draws.to_numpy()
    summary = pd.DataFrame(np.quantile(values, GRID, axis=0).T, columns=_QUANTILES)
    summary.insert(0, "sd", values.std(axis=0))
    summary.insert(0, "mean", values.mean(axis=0))
    summary.insert(0, "rank", rank_of_truth(values, truth.to_numpy()))
    summary.insert(0, "truth", truth.to_numpy())
    summary.insert(0, "name", list(draws.columns))
    summary.insert(0, "truth_number", place)
    summary.insert(0, "method", method)
    return summary


def refit_tables(job: Refits) -> TaskTables:
    """Fit every truth of a job again, by both methods; return the table `refits`."""
    fitter, truths, design = job.fitter, job.truths, job.design
    seed, family = fitter.family_fit.definition.seed, fitter.family_fit.family
    true = quantities(fitter, truths.points, truths.headlines.to_numpy())
    by_row = quantities(fitter, design.points, design.headlines.to_numpy())
    fitted, summaries = fitter.family_fit.fitted, []
    for i, place in enumerate(job.places):
        key = stream_key(seed, "refit", family, place)
        observed = synthetic(fitter, truths.shocked[i], key)
        drawn = fitter.fit(observed, key).points
        headline = headline_draws(fitter, drawn, stream_key(key, "headline")).to_numpy()
        summaries.append(_refit_summary(EMULATOR, place, quantities(fitter, drawn, headline), true.iloc[i]))
        noise = fitter.noise[np.ix_(fitted, fitted)]
        rows = nearest(observed[fitted], design.shocked[:, fitted], noise, stream_key(key, "rejection"))
        summaries.append(_refit_summary(REJECTION, place, by_row.iloc[rows], true.iloc[i]))
    return {"refits": pd.concat(summaries, ignore_index=True)}


def _part(rows: TrainingSet, places: slice) -> TrainingSet:
    return TrainingSet(rows.points[places], rows.shocked[places], rows.plain[places], rows.headlines.iloc[places])


def posterior_of_synthetic(
    fitter: PosteriorModel, design: TrainingSet, truths: TrainingSet, many: TaskRunner, fingerprint: str
) -> pd.DataFrame:
    """Return the table of all refits of a family: method, truth_number, name, truth, rank, mean, sd and quantiles."""
    tasks = []
    for first in range(0, len(truths.points), _TOGETHER):
        part = _part(truths, slice(first, first + _TOGETHER))
        places = tuple(range(first, first + len(part.points)))
        name = f"refits {fitter.family_fit.family} {first:05d}-{places[-1]:05d}"
        tasks.append(Task(name, refit_tables, Refits(fitter, design, part, places)))
    return many.run(tasks, fingerprint)["refits"]


def pooled_ranks(refits: pd.DataFrame, parameters: list[str], half: int | None = None) -> np.ndarray:
    """Return float64[t]: ranks of truths in all parameters; those of all truths, or of the first (0) or second (1) half
    of them."""
    own = refits[refits["name"].isin(parameters) & (refits["method"] == EMULATOR)]
    return own["rank"].to_numpy()[_halves(own, half_of(refits)) == half if half is not None else slice(None)]


def _halves(rows: pd.DataFrame, first_of_second: int) -> np.ndarray:
    """Return int64[n]: the half, 0 or 1, that the truth of each row belongs to."""
    return (rows["truth_number"].to_numpy() >= first_of_second).astype(np.int64)


def _varying(own: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the families in which a quantity is not given."""
    return own[own.groupby("family")["truth"].transform("std") > NO_WIDTH]


def half_of(refits: pd.DataFrame) -> int:
    """Return the number of the first truth of the second half."""
    return (int(refits["truth_number"].max()) + 1) // 2


class _Correction(NamedTuple):
    """Ranks that correct the first and the second half of the truths: each those of the other half."""

    ranks: tuple[np.ndarray, np.ndarray]
    first_of_second: int

    def levels(self, rows: pd.DataFrame, level: float) -> np.ndarray:
        """Return float64[2, n]: for each row the levels at which a corrected central interval ends."""
        ends = np.array([0.5 - level / 2, 0.5 + level / 2])
        return np.stack([np.quantile(ranks, ends) for ranks in self.ranks])[_halves(rows, self.first_of_second)].T


def _levels(rows: pd.DataFrame, level: float, correction: _Correction | None) -> np.ndarray:
    if correction is not None:
        return correction.levels(rows, level)
    return np.repeat(np.array([[0.5 - level / 2], [0.5 + level / 2]]), len(rows), axis=1)


def _held(rows: pd.DataFrame, correction: _Correction | None) -> list[float]:
    """Return how often central intervals held, by level."""
    rank_, held = rows["rank"].to_numpy(), []
    for level in LEVELS:
        low, high = _levels(rows, level, correction)
        held.append(float(((low <= rank_) & (rank_ <= high)).mean()))
    return held


def _score(rows: pd.DataFrame, correction: _Correction | None, width: float) -> float:
    """Return the interval score of the widest level, in the prior's standard deviations."""
    ends = _levels(rows, LEVELS[-1], correction)
    quantiles = rows[_QUANTILES].to_numpy()
    low, high = (np.array([np.interp(q, GRID, row) for q, row in zip(end, quantiles, strict=True)]) for end in ends)
    return float(interval_score(low, high, rows["truth"].to_numpy(), LEVELS[-1]).mean()) / width


def _row(
    every: dict[str, pd.DataFrame], family: str, correction: _Correction | None, width: float
) -> dict[str, object]:
    """Return what is reported of a quantity of a family; coverage counts the truths of all families (`every`)."""
    own = {method: rows[rows["family"] == family] for method, rows in every.items()}
    emulated = own[EMULATOR]
    apart = (emulated["mean"] - emulated["truth"]) / width
    contraction = float(emulated["sd"].median()) / width
    raw, other = (_held(every[method], None) for method in METHODS)
    held = _held(every[EMULATOR], correction)
    levels = [f"{level:.0%}"[:-1] for level in LEVELS]
    return {
        "n_truths": len(every[EMULATOR]),
        "sd_of_prior": width,
        "sd_left": contraction,
        "called": identification_label(contraction),
        "bias": float(apart.mean()),
        "bias_noise": float(standard_error(apart.to_numpy())),
        **{f"raw_{name}": c for name, c in zip(levels, raw, strict=True)},
        "recalibrated": "no" if correction is None else "yes",
        **{f"held_{name}": c for name, c in zip(levels, held, strict=True)},
        "holds": "yes" if HELD[0] <= held[-1] <= HELD[1] else "no",
        "chi2_of_ranks": uniformity(every[EMULATOR]["rank"].to_numpy()),
        "interval_score": _score(emulated, correction, width),
        "rejection_90": other[-1],
        "rejection_interval_score": _score(own[REJECTION], None, width),
    }


def recovery_table(fitter: PosteriorModel, refits: pd.DataFrame, prior: pd.DataFrame) -> pd.DataFrame:
    """Return one row per quantity of a family: what data leave of the prior, bias, coverage before and after
    recalibration, and the other method. `refits` are those of all families, `prior` has the family's quantities at
    many draws from the prior.

    Quantities that do not vary in the prior are left out.
    """
    family, kind_of = fitter.family_fit.family, kinds(fitter)
    parameters = [name for kind, name in zip(kind_of, prior.columns, strict=True) if kind == PARAMETER]
    ranks = (pooled_ranks(refits, parameters, 1), pooled_ranks(refits, parameters, 0))
    correction, rows = _Correction(ranks, half_of(refits)), []
    for kind, name in zip(kind_of, prior.columns, strict=True):
        width = float(prior[name].std())
        if width <= NO_WIDTH:
            continue
        found = refits[refits["name"] == name]
        by_method = {method: _varying(found[found["method"] == method]) for method in METHODS}
        row = _row(by_method, family, correction if kind == PARAMETER else None, width)
        rows.append({"family": family, "kind": kind, "name": name, **row})
    return pd.DataFrame(rows)
