"""The answer of a study in a few tables, for the screen."""

import math
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.output.report.study_reader import StoredStudy, read_study

_EFFECTS = {
    "gross_use": "card payments, nothing subtracted",
    "net_of_size_switching": "brought into the city or new",
    "net_city_sales": "net city sales, all means of payment",
    "city_value_added_second_round": "city value added with second round",
    "national_net": "value added of the nation",
}

NOTE = (
    "The published 2.9 is sales diverted from outside (outflow and inflow) times an output coefficient, per won of "
    "cashback alone. It is not new income. Which family is right the card data cannot decide."
)


class HeadlineTable(NamedTuple):
    """What 100 won of fiscal cost does in one variant of a study."""

    titles: dict[str, str]
    """Title of the variant, by language."""
    policy: str
    figures: pd.DataFrame
    """Columns effect (a code of `eum.dimensions.EFFECTS`), measure (the same in words), family, won, low, high: won per
    100 won of fiscal cost, median and 5th to 95th percentile of runs."""

    @property
    def table(self) -> pd.DataFrame:
        """The figures for the screen: a row for each effect, a column for each family."""
        cells = self.figures.assign(cell=[_cell(row) for _, row in self.figures.iterrows()])
        wide = cells.pivot(index="effect", columns="family", values="cell")
        families = list(dict.fromkeys(cells["family"]))
        wide = wide.loc[list(_EFFECTS), families].reset_index()
        wide.insert(0, "measure", wide.pop("effect").map(_EFFECTS))
        return wide


def _cell(row: pd.Series) -> str:
    won, low, high = (f"{round(row[name]):,}" if math.isfinite(row[name]) else "-" for name in ("won", "low", "high"))
    return f"{won} ({low} to {high})"


def headlines(folder: Path) -> list[HeadlineTable]:
    """Return what 100 won of fiscal cost does in each variant of a finished study, against no programme."""
    study: StoredStudy = read_study(folder)
    ladder, found = study.tables["ladder"], []
    for variant in study.record["variants"]:
        policy = study.record["worlds"][variant]["district"]
        titles = {language: titled["title"] for language, titled in study.record["titles"][variant].items()}
        mine = ladder[
            (ladder["variant"] == variant)
            & (ladder["policy"] == policy)
            & (ladder["baseline"] == "none")
            & (ladder["scope"] == "city")
            & (ladder["denominator"] == "fiscal_cost")
            & ladder["rung"].isin(_EFFECTS)
        ]
        figures = pd.DataFrame({"effect": mine["rung"].astype(str), "measure": mine["rung"].astype(str).map(_EFFECTS),
                                "family": mine["family"].astype(str), "won": 100 * mine["ratio"],
                                "low": 100 * mine["ratio_low"], "high": 100 * mine["ratio_high"]})  # fmt: skip
        order = {family: i for i, family in enumerate(study.record["families"])}
        figures = figures.sort_values("family", key=lambda f: f.map(order), kind="stable").reset_index(drop=True)
        found.append(HeadlineTable(titles, str(policy), figures))
    return found
