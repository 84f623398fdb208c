"""The published patterns of the card's use that the model is held against, and what was printed of each.

A pattern is one published figure, or two of them put together. It names rows of data/observed.csv (or of
data/studies.csv) by their keys; no observed value stands in the code.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eum.city.data import CityData
from eum.errors import InputError


class PatternKey(NamedTuple):
    """A figure of data/observed.csv: what, of which days (ISO, both included), of whom."""

    metric: str
    start: str
    end: str
    scope: str = "incheon"

    @property
    def n_days(self) -> int:
        """Days of the period."""
        return (datetime.date.fromisoformat(self.end) - datetime.date.fromisoformat(self.start)).days + 1

    @property
    def days(self) -> str:
        """The period in words: a day, a month, some months, or the first and last day."""
        start, end = datetime.date.fromisoformat(self.start), datetime.date.fromisoformat(self.end)
        whole = start.day == (end + _DAY).day == 1
        first, last = (f"{start:%Y-%m}", f"{end:%Y-%m}") if whole else (self.start, self.end)
        return first if first == last else f"{first}..{last}"


_DAY = datetime.timedelta(days=1)


class Way(NamedTuple):
    """How two figures are put together; every way rises with the first and does not rise with the second."""

    together: Callable[[float, float], float]
    unit: str
    """"" for the unit of the figures themselves."""


WAYS = {
    "alone": Way(lambda a, _: a, ""),
    "less": Way(lambda a, b: a - b, ""),
    "over": Way(lambda a, b: a / b if b else np.nan, "ratio"),
    "over_per_day": Way(lambda a, b: a / b if b else np.nan, "ratio"),
    "rise_per_day": Way(lambda a, b: 100 * (a / b - 1) if b else np.nan, "percent"),
}
"""`over_per_day` and `rise_per_day` divide each figure by the days of its period first."""


class Pattern(NamedTuple):
    """One published pattern: which figures, how put together, and in which run it is looked for."""

    name: str
    window: str
    """Key of WINDOWS."""
    keys: tuple[PatternKey, ...]
    way: str = "alone"
    tied_to: str = ""
    """Row of the data whose value rests on this very figure: meeting it proves nothing."""
    note: str = ""
    study: str = ""
    """`estimand_definition` of the row of data/studies.csv that prints the pattern with its range."""

    @property
    def period(self) -> str:
        """The days of the figures, in words."""
        days = [key.days for key in self.keys]
        return {"alone": "", "less": " less "}.get(self.way, " over ").join(days)


class Published(NamedTuple):
    """What was printed of a pattern, and the range in which a simulated value counts as coming out."""

    value: float
    low: float
    high: float
    unit: str
    source_id: str


def _from_study(package: CityData, pattern: Pattern) -> Published:
    rows = package.table("studies")
    rows = rows[rows["estimand_definition"] == pattern.study]
    if rows.empty:
        raise InputError(f"data/studies.csv: {pattern.study}: expected a row with this estimand_definition")
    row = rows.iloc[0]
    value, low, high = (float(row[k]) for k in ("value", "low", "high"))
    return Published(value, low, high, str(row["unit"]), str(row["source_id"]))


def _figure(package: CityData, key: PatternKey) -> Published:
    """Return the most trusted figure of a key, and the lowest and highest where papers differ."""
    value = package.observed(key.metric, key.scope, key.start, key.end)
    rows = package.observations(key.metric, key.scope)
    rows = rows[(rows["period_start"] == key.start) & (rows["period_end"] == key.end)]
    sources = ";".join(dict.fromkeys(";".join(rows["source_id"]).split(";")))
    return Published(value, float(rows["value"].min()), float(rows["value"].max()), str(rows["unit"].iloc[0]), sources)


def put_together(pattern: Pattern, figures: list[float]) -> float:
    """Return the value of a pattern from the values of its figures, in their order."""
    if pattern.way.endswith("_per_day"):
        figures = [value / key.n_days for value, key in zip(figures, pattern.keys, strict=True)]
    return float(WAYS[pattern.way].together(figures[0], figures[-1]))


def published_value(package: CityData, pattern: Pattern) -> Published:
    """Return what was printed of a pattern.

    The range is that of the study's row, or runs from the lowest to the highest printed figure, widened on both
    sides by `pattern_tolerance` of data/assumptions.csv. Raises InputError when a figure is not in the data.
    """
    if pattern.study:
        return _from_study(package, pattern)
    figures = [_figure(package, key) for key in pattern.keys]
    first, last = figures[0], figures[-1]
    value = put_together(pattern, [f.value for f in figures])
    low, high = (put_together(pattern, [a, b][: len(figures)]) for a, b in
                 ((first.low, last.high), (first.high, last.low)))  # fmt: skip
    if len(figures) == 1:
        low, high = first.low, first.high
    margin = package.assumption("pattern_tolerance") * abs(value)
    sources = ";".join(dict.fromkeys(";".join(f.source_id for f in figures).split(";")))
    return Published(value, low - margin, high + margin, WAYS[pattern.way].unit or first.unit, sources)


def _month(metric: str, month: str, scope: str = "incheon") -> PatternKey:
    first = datetime.date.fromisoformat(f"{month}-01")
    last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    return PatternKey(metric, first.isoformat(), last.isoformat(), scope)


def _on(date: str) -> PatternKey:
    return PatternKey("subscribers", date, date)


_PAID = {month: _month("payments", month) for month in
         ("2019-05", "2019-07", "2019-08", "2019-12", "2020-01", "2020-02", "2020-03", "2020-04")}  # fmt: skip
_AUTUMN = PatternKey("payments", "2019-09-01", "2019-11-30")
_MAY_JUNE = ("2019-05-01", "2019-06-30")
_BOTH_MONTHS = "two-month total of a person"
_RESIDENTS = "all residents of the district who paid stand in for the holders of its card"

_SPRING = (
    Pattern("payments, March over February", "2020", (_PAID["2020-03"], _PAID["2020-02"]), "over",
            "usage_rate_scale_percent", "31 against 29 days"),
    Pattern("payments a day, March over February", "2020", (_PAID["2020-03"], _PAID["2020-02"]), "over_per_day",
            "usage_rate_scale_percent"),
    Pattern("payments a day, rise of March on January-February", "2020",
            (_PAID["2020-03"], PatternKey("payments", "2020-01-01", "2020-02-29")), "rise_per_day",
            "usage_rate_scale_percent", study="payments, rise over expected"),
    Pattern("payments, April over March", "2020", (_PAID["2020-04"], _PAID["2020-03"]), "over"),
    Pattern("payments", "2020", (_PAID["2020-01"],), tied_to="usage_max_share"),
    Pattern("payments", "2020", (_PAID["2020-02"],), tied_to="usage_max_share"),
    Pattern("payments", "2020", (_PAID["2020-03"],), tied_to="usage_rate_scale_percent"),
    Pattern("payments", "2020", (_PAID["2020-04"],)),
    Pattern("effective rate", "2020", (PatternKey("cashback_rate_effective", "2020-01-01", "2020-02-29"),)),
    Pattern("effective rate", "2020", (_month("cashback_rate_effective", "2020-03"),)),
)  # fmt: skip
_AUTUMN_CUTS = (
    Pattern("payments", "2019", (_PAID["2019-05"],)),
    Pattern("payments", "2019", (PatternKey("payments", *_MAY_JUNE),)),
    Pattern("payments", "2019", (_PAID["2019-07"],)),
    Pattern("payments", "2019", (_PAID["2019-08"],)),
    Pattern("payments", "2019", (_AUTUMN,)),
    Pattern("payments", "2019", (_PAID["2019-12"],)),
    Pattern("payments, August over July", "2019", (_PAID["2019-08"], _PAID["2019-07"]), "over"),
    Pattern("payments a day, September-November over July", "2019", (_AUTUMN, _PAID["2019-07"]), "over_per_day"),
    Pattern("payments, December over July", "2019", (_PAID["2019-12"], _PAID["2019-07"]), "over"),
    Pattern("payments, December over August", "2019", (_PAID["2019-12"], _PAID["2019-08"]), "over"),
    Pattern("effective rate", "2019", (PatternKey("cashback_rate_effective", "2019-05-01", "2019-08-31"),),
            note="printed for the institute's eight sectors, simulated for all"),
)  # fmt: skip
_SIZES = (
    Pattern("people who paid", "2019", (PatternKey("active_users", *_MAY_JUNE),), tied_to="active_over_subscribers"),
    Pattern("payments per person who paid", "2019", (PatternKey("payments_per_active_user", *_MAY_JUNE),)),
    *(Pattern(name, "2019", (PatternKey(metric, *_MAY_JUNE),), note=_BOTH_MONTHS) for name, metric in (
        ("users above 1m won a month", "share_users_over_1m"),
        ("payments of users above 1m won a month", "share_payments_by_users_over_1m"),
        ("users above 2m won a month", "share_users_over_2m"),
        ("payments of users above 2m won a month", "share_payments_by_users_over_2m"),
        ("payments of users up to 200,000 won", "share_payments_class_up_to_200k"),
        ("payments of users of 210,000-400,000 won", "share_payments_class_210k_400k"),
        ("payments of users of 410,000-600,000 won", "share_payments_class_410k_600k"),
        ("payments of users of 610,000-800,000 won", "share_payments_class_610k_800k"),
        ("payments of users above 10m won", "share_payments_class_over_10m"),
    )),
    Pattern("Seo card: users under 500,000 won", "2019", (_month("share_users_under_500k", "2019-05", "card_seo"),),
            note=_RESIDENTS),
    Pattern("Seo card: users under 500,000 won", "2019", (_month("share_users_under_500k", "2019-06", "card_seo"),),
            note=_RESIDENTS),
    Pattern("Yeonsu card: users up to 300,000 won", "2019",
            (_month("share_users_up_to_300k", "2019-07", "card_yeonsu"),), note=_RESIDENTS),
    Pattern("Yeonsu card: users of 1-2m won", "2019",
            (_month("share_users_1m_to_2m", "2019-07", "card_yeonsu"),), note=_RESIDENTS),
)  # fmt: skip
_PLACES = (
    Pattern("Seo card: spending inside Seo", "2019",
            (_month("share_payments_inside_district", "2019-05", "card_seo"),), tied_to="own_district_pull",
            note=_RESIDENTS),
    Pattern("Yeonsu card: payments of people from elsewhere", "2019",
            (_month("share_payments_by_nonresidents_of_district", "2019-07", "card_yeonsu"),),
            note="only residents of a district carry its card in the model"),
    Pattern("payments of people from outside Incheon", "2019",
            (PatternKey("share_payments_by_nonresidents_of_incheon", "2019-01-01", "2019-12-31"),),
            tied_to="visitor_card_share", note="simulated from May"),
)  # fmt: skip
_JOINING = (
    Pattern("new members", "joining_2019_05", (_month("new_subscribers", "2019-05"),), tied_to="adoption_p"),
    Pattern("new members", "joining_2019_06", (_on("2019-06-30"), _on("2019-05-31")), "less", tied_to="adoption_q"),
    Pattern("new members", "joining_2019_07", (_on("2019-07-28"), _on("2019-06-30")), "less", tied_to="adoption_q"),
    Pattern("new members", "joining_2019_autumn", (_on("2019-11-30"), _on("2019-07-28")), "less",
            tied_to="potential_share"),
    Pattern("new members", "joining_2019_12", (_on("2019-12-31"), _on("2019-11-30")), "less",
            tied_to="potential_share"),
    Pattern("new members a day", "2020", (PatternKey("new_subscribers_daily_avg", "2020-01-01", "2020-02-29"),),
            tied_to="late_joining_per_month"),
    Pattern("new members a day", "2020", (_month("new_subscribers_daily_avg", "2020-02"),),
            tied_to="late_joining_per_month"),
    Pattern("new members a day", "2020", (_month("new_subscribers_daily_avg", "2020-03"),),
            tied_to="potential_odds_ratio_5pp"),
    Pattern("new members a day", "2020", (_month("new_subscribers_daily_avg", "2020-04"),)),
    Pattern("new members", "2020", (_on("2020-05-31"), _on("2019-12-31")), "less"),
)  # fmt: skip


class PatternGroup(NamedTuple):
    """Patterns that belong together, and what is known of why the model misses those it misses."""

    patterns: tuple[Pattern, ...]
    why: str


PATTERN_GROUPS = {
    "rise of March 2020": PatternGroup(
        _SPRING,
        "More people joined in April than the joining rule lets join (see below); the epidemic is off in the model.",
    ),
    "cuts of autumn 2019": PatternGroup(
        _AUTUMN_CUTS,
        "The level of card use is fitted to the whole record to 2022. Members of summer 2019 paid far more than that: "
        "without a cap a few of them paid very much (see the size classes), which the model has in part. Payments do "
        "fall at the cut of 22 October, but from a summer that is much too low while members still grow. Levels in won "
        "of 2019 and that fall are not to be read from the model. Families are inferred from "
        "shares of card payments, not from their level; whether what is missing has the same shares is not known.",
    ),
    "size classes of May-June 2019": PatternGroup(
        _SIZES,
        "Card payments of a person are a part of ordinary purchases at small shops. Nobody in the model pays for "
        "others or for a business, or brings large purchases to a card without a cap: the upper tail is too thin.",
    ),
    "where cards are used": PatternGroup(
        _PLACES,
        "Residents carry the card of their own district and of no other. How many people from outside hold a card is "
        "set over July 2019 alone, on one seed; from May to December they pay less.",
    ),
    "joining": PatternGroup(
        _JOINING,
        "The joining rule is fitted to the whole record to 2022, in one set of values. People without the card hear of "
        "a new rate at once: too many join in the month in which it rises, and too few in April 2020, when relief "
        "money was announced. While the rate falls and is low, from August to February, too many join still.",
    ),
}
"""All patterns by group, in the order of the table."""
