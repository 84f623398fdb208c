"""The answer of a study in a few lines, for the screen."""

import math
from pathlib import Path

import pandas as pd

from eum.output.report.study_reader import Stored, read_study

_RUNGS = {
    "gross_use": "card payments, nothing subtracted",
    "net_of_size_switching": "brought into the city or new",
    "net_city_sales": "net city sales, all means of payment",
    "city_value_added_second_round": "city value added with second round",
    "national_net": "value added of the nation",
}


def _won(ratio: float) -> str:
    return f"{round(100 * ratio):,}" if math.isfinite(ratio) else "-"


def _line(row: pd.Series) -> str:
    return f"{_won(row['ratio']):>7}  ({_won(row['ratio_low'])} to {_won(row['ratio_high'])})"


def headline(folder: Path) -> list[str]:
    """Return what 100 won of fiscal cost does in each variant, won by definition and family: median, 5-95 % of runs."""
    study: Stored = read_study(folder)
    ladder = study.tables["ladder"]
    lines = ["What 100 won of fiscal cost does, in won, by definition and family of evidence (median; 5-95 % of runs)"]
    for variant in study.record["variants"]:
        policy = study.record["worlds"][variant]["district"]
        lines += ["", f"{study.record['titles'][variant]['en']['title']} ({policy}), against no programme"]
        mine = ladder[
            (ladder["variant"] == variant)
            & (ladder["policy"] == policy)
            & (ladder["baseline"] == "none")
            & (ladder["scope"] == "city")
            & (ladder["denominator"] == "fiscal_cost")
        ].set_index(["rung", "family"])
        lines.append(" " * 40 + "".join(f"{family:>26}" for family in study.record["families"]))
        for rung, words in _RUNGS.items():
            cells = [_line(mine.loc[(rung, family)]) for family in study.record["families"]]
            lines.append(f"{words:<40}" + "".join(f"{cell:>26}" for cell in cells))
    lines += [
        "",
        "The published 2.9 is sales diverted from outside (outflow and inflow) times an output coefficient, per won of",
        "cashback alone. It is not new income. Which family is right the card data cannot decide.",
    ]
    return lines
