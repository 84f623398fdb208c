"""How many runs are enough: batches are added in a fixed order until the interval is as narrow as wished.

The rule is that of Chow and Robbins (1965, Annals of Mathematical Statistics 36, 457-462): run `LEAST`, then `BATCH`
more at a time; stop at the first batch at whose end the half-width of the 90 % interval of the mean is at most the
wish, and state the mean plus or minus the wish. It is decided between batches, so the decision is the same for any
number of workers and after any interruption.

Stopping on the width is slightly optimistic: the rule stops where runs happened to lie close together. Measured on
draws whose mean is known (tests/runner/test_stopping_rule.py): the mean plus or minus the wish covers the truth in 90 %
or more of normal and of moderately skewed draws (skewness 1), because at least `LEAST` are run and batches overshoot;
the narrower half-width computed at the last batch covers it in some 88 %, one to two points less than it says. With
draws as skewed as an exponential (skewness 2) that one covers 84 to 87 %, and the wish 87 % where it takes some 50
runs or more.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.artifacts import SealedFolder
from eum.dimensions import EFFECTS
from eum.errors import InputError
from eum.intervals import mean_interval
from eum.stored import sealed_table

LEAST, BATCH = 20, 10
"""Runs before the first look, and between looks."""

STOPPING_LOG = "enough"
"""Table of a result that holds the log."""
STOPPING_COLUMNS = ("batch", "n", "compared", "rung", "estimate_won", "halfwidth_won", "wished_won", "enough")
"""Columns of the log: won per 100 won of fiscal cost; `enough` says whether this row alone is narrow enough."""


class PrecisionTarget(NamedTuple):
    """How narrow an interval is to be, of what, and after how many runs to give up."""

    halfwidth_won: float
    """Half of the 90 % interval, won per 100 won of fiscal cost."""
    rung: str
    """Definition of the multiplier, one of `eum.dimensions.EFFECTS`."""
    most: int
    """Runs after which it is enough in any case."""


def require_precision_target(wish: PrecisionTarget, where: str) -> None:
    """Raise InputError for a wish that no number of runs can meet; `where` names the option or file."""
    if not wish.halfwidth_won > 0:
        raise InputError(f"{where}: half-width {wish.halfwidth_won:g}: expected won per 100 won of fiscal cost above 0")
    if wish.rung not in EFFECTS:
        raise InputError(f"{where}: rung {wish.rung}: expected one of {', '.join(EFFECTS)}")
    if wish.most < LEAST:
        raise InputError(f"{where}: at most {wish.most} runs: expected {LEAST} or more, fewer say too little of noise")


def checkpoints(most: int) -> list[int]:
    """Return the numbers of runs after which the rule looks.

    >>> looks(45)
    [20, 30, 40, 45]
    """
    return sorted({min(n, most) for n in range(LEAST, most + BATCH, BATCH)})


def _row(wish: PrecisionTarget, at: tuple[int, int], compared: str, values: np.ndarray) -> tuple:
    won = 100 * values
    if not np.isfinite(won).all():
        raise InputError(f"{compared}: {wish.rung}: some run has no fiscal cost, so no ratio; expected days with cost")
    mean = mean_interval(won)
    is_enough = mean.half_width <= wish.halfwidth_won
    return (*at, compared, wish.rung, mean.value, mean.half_width, wish.halfwidth_won, is_enough)


def run_until_precise(
    wish: PrecisionTarget, ratios_of: Callable[[int], Mapping[str, np.ndarray]]
) -> tuple[int, pd.DataFrame]:
    """Return how many runs are enough for every comparison, and the log of all looks (COLUMNS).

    `ratios_of(n)` runs what is missing of the first n and returns, by comparison, one ratio a run (numerator per won
    of fiscal cost), each the difference of two worlds, or of two policies, on the same draws.
    """
    rows: list[tuple] = []
    n = 0
    for batch, n in enumerate(checkpoints(wish.most), start=1):
        found = [_row(wish, (batch, n), compared, ratios) for compared, ratios in ratios_of(n).items()]
        rows += found
        if all(row[-1] for row in found):
            break
    return n, pd.DataFrame(rows, columns=list(STOPPING_COLUMNS))


def log_of(folder: Path) -> pd.DataFrame:
    """Return the log (COLUMNS) that a finished result holds. Raises DamagedError where it is not what was written."""
    return sealed_table(SealedFolder(folder), STOPPING_LOG, "tables")


def log_lines(folder: Path) -> list[str]:
    """Return the log that a finished result holds, in words: a line for each look and comparison."""
    log = log_of(folder)
    return [
        f"{row.n} runs, {row.compared}: {row.rung} {row.estimate_won:.1f} ± {row.halfwidth_won:.2f} won "
        f"(wished ± {row.wished_won:g})"
        for row in log.itertuples(index=False)
    ]
