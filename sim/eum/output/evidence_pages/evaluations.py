"""The page of the simulated evaluations, written from their table: the answer first, then each design and why."""

from pathlib import Path
from typing import NamedTuple

import jinja2
import pandas as pd

from eum.artifacts import write_whole
from eum.output.evidence_pages.evaluations_figure import evaluations_picture
from eum.output.report import number_format

_TRUTH = "truth"

SHOWN_DEFINITIONS = (
    ("gross_use", "gross transaction value (all card payments)"),
    ("plain_sum", "reduction in leakage, inflow and large-to-small displacement (the institute's parts, added)"),
    ("outflow_inflow_output", "(reduction in leakage + inflow) × output inducement coefficient (as published)"),
    ("outflow_only", "reduction in leakage alone"),
    ("net_city_sales", "net local sales, all means of payment"),
    ("city_value_added_second_round", "local value added, with the induced effect"),
    ("national_net", "national net value added, before fiscal cost"),
)
"""Definitions of the effect in the order of the first table: rungs of the ladder, or truths of the institute's."""

_FROM_DESIGN = "before_after_year_no_growth"
"""Design whose rows hold the truths of the institute's definitions (the same in each of its variants)."""


DESIGN_GROUPS = {
    "before_after": {
        "before_after_year_no_growth": "year before, no trend",
        "before_after_year": "year before, trend of the Bank of Korea",
        "before_after_months": "January-April, per day",
    },
    "districts": {
        "two_way_fixed_effects": "two-way fixed effects",
        "callaway_santanna": "Callaway and Sant'Anna",
        "two_stage": "two stages (Gardner)",
    },
    "merchants": {"merchant_random_effects": "random effects", "merchant_fixed_effects": "fixed effects"},
    "survey": {"survey_perfect_memory": "perfect memory", "survey": "memory as assumed"},
}
"""All designs by group, with their names, in the order of the page."""

_HEAD = (
    *("design", "scenario", "reports", "5-95 %", "truth", "bias", "± standard error", "rmse"),
    *("own 95 % holds", "placebo"),
)


class Facts(NamedTuple):
    """Numbers of the text that are no results: from the data and the set-up of the runs; shares in percent."""

    growth_outside: str
    overstates: str
    forgets: str
    n_users: int
    published_ratio: float
    """What the institute published, won per won of cashback."""


def _won(ratio: float) -> str:
    return number_format.per_hundred(ratio)


def _shown(value: float, unit: str) -> str:
    """Return a value as the page shows it: won per 100 won, or percent."""
    return _won(value) if unit == "krw_per_krw" else number_format.number(100 * value, 1)


_UNITS = {"krw_per_krw": "won per 100 won", "share": "%", "log_points": "log points, %"}


def _truths(table: pd.DataFrame, measure: str) -> pd.Series:
    rows = table[(table["measure"] == measure) & table["design"].isin((_TRUTH, _FROM_DESIGN))]
    return rows.drop_duplicates("family").set_index("family")["truth"]


def _definitions(table: pd.DataFrame) -> str:
    families = list(dict.fromkeys(table["family"]))
    told = table.dropna(subset="published").drop_duplicates("measure").set_index("measure")["published"]
    head = f"| won per 100 won of cashback | {' | '.join(families)} | published |"
    lines = [head, f"|---|{'--:|' * len(families)}--:|"]
    for measure, words in SHOWN_DEFINITIONS:
        truths = _truths(table, measure)
        cells = [_won(truths[family]) for family in families]
        lines.append(f"| {words} | {' | '.join(cells)} | {_won(told[measure]) if measure in told else ''} |")
    return "\n".join(lines)


def _tables(table: pd.DataFrame, designs: dict[str, str]) -> str:
    lines = []
    for _, part in table[table["design"].isin(list(designs))].groupby("measure", sort=False):
        unit, printed, claim = (part[column].iloc[0] for column in ("unit", "published", "claim"))
        told = "" if pd.isna(printed) else f" Published: {_shown(printed, unit)}."
        lines += ["", f"**{claim[0].upper()}{claim[1:]}** ({_UNITS[unit]}).{told}", ""]
        lines += [f"| {' | '.join(_HEAD)} |", f"|---|---|{'--:|' * (len(_HEAD) - 2)}"]
        for design, name in designs.items():
            lines += [_row(row, name, unit) for _, row in part[part["design"] == design].iterrows()]
    return "\n".join(lines)


def _row(row: pd.Series, name: str, unit: str) -> str:
    span = number_format.interval(_shown(row["estimate_low"], unit), _shown(row["estimate_high"], unit))
    numbers = [_shown(row[c], unit) for c in ("truth", "bias", "bias_noise", "rmse")]
    held = number_format.percent(row["coverage"], 0) if pd.notna(row["coverage"]) else "no interval"
    cells = [name, row["family"], _shown(row["estimate"], unit), span, *numbers, held, _shown(row["without"], unit)]
    return f"| {' | '.join(cells)} |"


def _told(table: pd.DataFrame, family: str) -> str:
    """Return the same months by four definitions, in words."""
    named = {
        "outflow_inflow_output": "won by the published definition", "outflow_only": "of reduction in leakage alone",
        "city_value_added_second_round": "of value added in the city", "national_net": "of national net value added",
    }  # fmt: skip
    parts = [f"{_won(_truths(table, measure)[family])} {words}" for measure, words in named.items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def evaluations_page(table: pd.DataFrame, facts: Facts) -> str:
    """Return the page (Markdown) of a table of evaluations of all families."""
    reports = table[(table["unit"] == "krw_per_krw") & (table["family"] == "causal")]["estimate"]
    percents = _truths(table, "one_percent_of_outflow")
    loader = jinja2.PackageLoader("eum.output.evidence_pages", "templates")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.get_template("evaluations.md.jinja").render(
        told={family: _told(table, family) for family in ("iri2019", "causal")},
        net_sales=_won(_truths(table, "net_city_sales")["causal"]),
        lowest=_won(reports.min()),
        highest=_won(reports.max()),
        scale=number_format.percent(table["scale"].iloc[0]),
        n_seeds=int(table["n_seeds"].iloc[0]),
        definitions=_definitions(table),
        one_percent=f"{_won(percents.min())} to {_won(percents.max())}",
        tables={name: _tables(table, designs) for name, designs in DESIGN_GROUPS.items()},
        **facts._asdict(),
    )


def write_evaluations_page(folder: Path, table: pd.DataFrame, facts: Facts) -> None:
    """Write evaluations.md and evaluations.svg into a folder, beside evaluations.csv."""
    write_whole(folder / "evaluations.md", evaluations_page(table, facts))
    write_whole(folder / "evaluations.svg", evaluations_picture(table, facts.published_ratio))
