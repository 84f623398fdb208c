"""The story of a resident or a shop in sentences and narrow tables, for a screen of 80 columns."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from eum.cli.screen import print_story, print_table, say

if TYPE_CHECKING:
    import pandas as pd

_CLASSES = {
    "replaced": "without the card it would have been paid otherwise, at the same shop",
    "reshuffled": "it would have been spent at another small shop of the same district",
    "size_switched": "it would have been spent at a large or excluded store of the same city",
    "moved_between_districts": "it would have been spent in another district of Incheon",
    "retained": "it would have been spent outside of Incheon",
    "retained_online": "it would have been spent online",
    "inflow": "a visitor would not have spent it in Incheon",
    "time_shifted": "it would have been bought on another day",
    "unchanged": "it would have been paid by the card at the same shop anyway",
}
"""What a card payment would have been in the counterfactual, by its class (`eum.dimensions.CLASSES`)."""


def _under(policy: str) -> str:
    return "without a policy" if policy == "none" else f"under {policy}"


def _where(row: Any, world: str) -> str:
    place, by_card = getattr(row, f"place_{world}"), getattr(row, f"by_card_{world}")
    return f"{place}, by card" if by_card else f"{place}, without the card"


def _sentences(row: Any, policy: str, baseline: str) -> Iterator[str]:
    """Yield the sentences on one purchase: where and how under both policies, cashback, class and cause."""
    before, after = _where(row, "baseline"), _where(row, "policy")
    sector = row.sector.replace("_", " ")
    yield f"{sector}, {row.krw_policy:,} won."
    if row.krw_baseline != row.krw_policy:
        yield f"It would be {row.krw_baseline:,} won {_under(baseline)}."
    if before == after:
        yield f"Under both policies: {after}."
    else:
        yield f"With {policy}: {after}."
        yield f"Without a policy: {before}." if baseline == "none" else f"With {baseline}: {before}."
    if row.shop_baseline != row.shop_policy and row.place_baseline == row.place_policy:
        yield f"Shop {row.shop_policy} in place of shop {row.shop_baseline}."
    if row.cashback_krw_policy != row.cashback_krw_baseline:
        yield f"Cashback {row.cashback_krw_policy:,} won; {_under(baseline)} {row.cashback_krw_baseline:,} won."
    if row.cause:
        yield f"Cause: {row.cause}."
    if row.new_krw:
        yield f"Of it {row.new_krw:,} won are new consumption."
    if row.by_card_policy and row.payment_class in _CLASSES:
        yield f"Counterfactual: {_CLASSES[row.payment_class]}."


def print_resident(rows: "pd.DataFrame", policy: str, baseline: str) -> None:
    """Print the purchases of a resident that differ between two policies, day by day, in sentences.

    `rows` is the table of `eum.analysis.experiments.trace.resident_trace`.
    """
    differ = rows[rows["differs"].astype(bool)].rename(columns={"class": "payment_class"}) if len(rows) else rows
    purchases = list(differ.itertuples(index=False))
    for date, of_day in groupby(purchases, key=lambda row: row.date):
        say("", str(date))
        for row in of_day:
            print_story(" ".join(_sentences(row, policy, baseline)), indent=2)
    say("", f"{len(differ)} of {len(rows)} purchases differ from those {_under(baseline)}.")
    if len(differ):
        earned = int(differ["cashback_krw_policy"].sum() - differ["cashback_krw_baseline"].sum())
        by_card = int(differ["by_card_policy"].astype(bool).sum())
        say(f"{by_card} of these are card payments; the cashback of all is {earned:,} won more.")


def print_shop(rows: "pd.DataFrame", policy: str, baseline: str) -> None:
    """Print the days of a shop that differ between two policies as a table, and what was in force in sentences.

    `rows` is the table of `eum.analysis.experiments.trace.shop_story`.
    """
    differ = rows[rows["differs"].astype(bool)] if len(rows) else rows
    numbers = ("krw_baseline", "krw_policy", "card_krw_baseline", "card_krw_policy")
    cells = [(row.date, *(f"{getattr(row, name):,}" for name in numbers)) for row in differ.itertuples(index=False)]
    title = f"Sales of the days that differ: {baseline} and {policy}"
    if cells:
        print_table(title, ("date", *_SALES), cells, _SALES, "Won of the day.")
    for world, name in (("baseline", baseline), ("policy", policy)):
        days = [str(row.date) for row in rows.itertuples(index=False) if getattr(row, f"plus_{world}")]
        if days:
            say(f"Plus shop under {name}: {len(days)} days, from {days[0]} to {days[-1]}.")
    for clauses, first, last in _spans(rows):
        print_story(f"In force from {first} to {last}: {clauses or 'nothing'}.")
    say(f"{len(differ)} of {len(rows)} days differ from those {_under(baseline)}.")


_SALES = ("sales, baseline", "sales, policy", "by card, baseline", "by card, policy")


def _spans(rows: "pd.DataFrame") -> Iterator[tuple[str, str, str]]:
    """Yield what clauses touched the shop, with the first and last day of each span."""
    days = [] if not len(rows) else list(zip(rows["in_force"], rows["date"], strict=True))
    for clauses, span in groupby(days, key=lambda day: day[0]):
        dates = [date for _, date in span]
        yield str(clauses), dates[0], dates[-1]
