"""Whether a row of the record that the register calls exact is what its policy file promises, day by day."""

import datetime
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from eum.analysis.policy_history.register import EXACT, Entry
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_SECTORS, SALES_BAND_HIGH_KRW, SALES_BANDS
from eum.policy.clauses import bands_between
from eum.policy.model import Budget, Policy
from eum.policy.timetable import NO_LIMIT_KRW, DayTerms, Timetable

_DAY = datetime.timedelta(days=1)
_FULL = 100
_ISLANDS = ("ganghwa", "ongjin")
_AREAS = {
    "incheon": DISTRICTS,
    "ganghwa_ongjin": _ISLANDS,
    "incheon_except_ganghwa_ongjin": tuple(d for d in DISTRICTS if d not in _ISLANDS),
}


class View:
    """A policy as a row is compared with it: its terms by date with every budget open, its layers by id."""

    def __init__(self, policy: Policy, entries: list[Entry]) -> None:
        self.policy = policy
        self.entries = [e for e in entries if e.policy == policy.name]
        self.timetable = Timetable(policy)
        self.terms: Callable[[datetime.date], DayTerms] = lru_cache(maxsize=None)(self._terms)
        self.last = max(max(e.start, e.end) for e in entries)

    def _terms(self, date: datetime.date) -> DayTerms:
        return self.timetable.terms(date, np.full(len(self.policy.budget), _FULL, dtype=np.int64))

    @cached_property
    def layers(self) -> dict[str, Any]:
        """Layers and budgets by id."""
        p = self.policy
        kinds = (p.city, p.top_up, p.plus, p.fee_support, p.grant, p.budget)
        return {str(layer.id): layer for kind in kinds for layer in kind if layer.id is not None}

    def dates(self, entry: Entry) -> list[datetime.date]:
        """Return the days on which a row is compared: its first and last, each first of a month, each change of the
        policy and its eve. A row without an end is followed to the last day that the record names."""
        first = datetime.date.fromisoformat(entry.start)
        last = datetime.date.fromisoformat(entry.end or max(self.last, entry.start))
        changes = self.timetable.changes(first, last)
        every = [first + i * _DAY for i in range((last - first).days + 1)]
        chosen = {first, last, *changes, *(day - _DAY for day in changes), *(day for day in every if day.day == 1)}
        return sorted(day for day in chosen if first <= day <= last)


def rate_bp(low: np.ndarray, high: np.ndarray, bp: np.ndarray, spent_krw: float) -> int:
    """Return the rate that tiers pay on the next won above a month's spending, basis points."""
    return int(bp[(low <= spent_krw) & (spent_krw < high)].sum())


def _probes(entry: Entry) -> list[tuple[float, int]]:
    """Return (month's spending, basis points) as a row prints them: at both ends of its tier, nothing at the cap."""
    rate, low, high = (entry.number(k) for k in ("rate_percent", "tier_low_krw", "tier_high_krw"))
    bp, first = round(_FULL * (rate or 0)), low or 0
    cap = entry.number("monthly_cap_krw")
    return [(first, bp), (high - 1 if high else NO_LIMIT_KRW - 1, bp), *([(cap, 0)] if cap else [])]


def _city(entry: Entry, view: View) -> Iterator[str]:
    bands = bands_between(int(entry.number("merchant_sales_low_krw") or 0), _bound(entry, "merchant_sales_high_krw"))
    where = np.ix_([DISTRICTS.index(d) for d in _AREAS[entry.text("area")]], range(N_SECTORS), list(bands))
    for date in view.dates(entry):
        t = view.terms(date)
        for row in np.unique(t.schedule.reshape(N_DISTRICTS, N_SECTORS, len(SALES_BANDS))[where]):
            for spent, bp in _probes(entry):
                promised = rate_bp(t.tier_low_krw[row], t.tier_high_krw[row], t.tier_bp[row], spent)
                if promised != bp:
                    yield f"{date}: {promised} basis points at {spent:,.0f} won a month; expected {bp}"
    printed = entry.number("funding_national_pct")
    for layer in (view.layers[id] for id in entry.layers):
        if printed is not None and layer.national_percent != printed:
            yield f"{layer.id}: {layer.national_percent:g} % national; expected {printed:g}"


def _bound(entry: Entry, column: str) -> int | None:
    value = entry.number(column)
    return None if value is None else int(value)


def _only_its_own_card(entry: Entry) -> bool:
    """Return whether a row's condition names a card: "card_seo used in seo", not "used in gyeyang"."""
    return entry.text("condition").startswith("card_")


def _top_up(entry: Entry, view: View) -> Iterator[str]:
    d = DISTRICTS.index(entry.text("area"))
    for date in view.dates(entry):
        t = view.terms(date)
        for spent, bp in _probes(entry):
            promised = rate_bp(t.topup_low_krw[d], t.topup_high_krw[d], t.topup_bp[d], spent)
            if promised != bp:
                yield f"{date}: {promised} basis points at {spent:,.0f} won a month; expected {bp}"
        if entry.layers and not (t.topup_own_card[d] == _only_its_own_card(entry) and t.topup_for[d].all()):
            yield f"{date}: other people or cards; expected those of the row"


def _suspension(entry: Entry, view: View) -> Iterator[str]:
    d = DISTRICTS.index(entry.text("area"))
    yield from (f"{date}: a top-up; expected none" for date in view.dates(entry) if view.terms(date).topup_bp[d].any())


def _plus_top_up(entry: Entry, view: View) -> Iterator[str]:
    d = DISTRICTS.index(entry.text("area"))
    wanted = (
        1,
        round(_FULL * (entry.number("rate_percent") or 0)),
        int(_only_its_own_card(entry)),
        int(entry.number("tier_high_krw") or NO_LIMIT_KRW),
    )
    for date in view.dates(entry):
        t = view.terms(date)
        simulated = tuple(int(c[d]) for c in (t.plus_open, t.plus_bp, t.plus_own_card, t.plus_limit_krw))
        if simulated != wanted:
            yield f"{date}: Plus shops open, basis points, own card, limit {simulated}; expected {wanted}"


def _plus_discount(entry: Entry, view: View) -> Iterator[str]:
    wanted = (entry.number("rate_percent"), entry.number("rate_high_percent"))
    for layer in (view.layers[id] for id in entry.layers):
        if (layer.discount_low_percent, layer.discount_high_percent) != wanted or layer.area != entry.text("area"):
            yield f"{layer.id}: another discount or area; expected {wanted}"


def _fee_support(entry: Entry, view: View) -> Iterator[str]:
    d, bp = DISTRICTS.index(entry.text("area")), round(_FULL * (entry.number("rate_percent") or 0))
    high = entry.number("merchant_sales_high_krw")
    if high is None:
        yield "no limit of sales is printed; expected the row to be called approximate"
        return
    wanted = (bp, SALES_BAND_HIGH_KRW.index(int(high)) + 1)
    for date in view.dates(entry):
        t = view.terms(date)
        simulated = (int(t.fee_ordinary_bp[d]), int(t.fee_ordinary_band[d]))
        if simulated != wanted:
            yield f"{date}: basis points and bands of ordinary shops {simulated}; expected {wanted}"


def _one_rate(entry: Entry, view: View) -> Iterator[str]:
    """No base top-ups of districts: what they add is an event of the record."""
    for date in view.dates(entry):
        events = {e.text("area") for e in view.entries if e.text("programme") == "event_topup" and e.start <= str(date)}
        added = {DISTRICTS[d] for d in np.flatnonzero(view.terms(date).topup_bp.any(axis=1))}
        if added - events:
            yield f"{date}: {', '.join(sorted(added - events))} add to the rate; expected events alone"


def _help_in_kind(entry: Entry, view: View) -> Iterator[str]:
    if not entry.detail:
        yield "no kind of help named; expected it under detail"
    for date in view.dates(entry):
        lacking = [items for items in view.timetable.plus_in_kind(date) if not set(entry.detail) <= items]
        if lacking:
            yield f"{date}: {len(lacking)} districts without it; expected all"


def _nothing(entry: Entry, view: View) -> Iterator[str]:
    d = DISTRICTS.index(entry.text("area"))
    for date in view.dates(entry):
        t = view.terms(date)
        if t.topup_bp[d].any() or t.fee_plus_bp[d] or t.fee_ordinary_bp[d] or t.plus_bp[d] or t.card_launched[d]:
            yield f"{date}: a programme of its own; expected none"


def _budget(entry: Entry, view: View) -> Iterator[str]:
    """The first money of the named pots together, a supplement of the row's first day, or what a pot holds so far."""
    pots, amount = [view.layers[id] for id in entry.layers], entry.number("amount_krw")
    if entry.text("amount_kind") == "cashback_budget_so_far":
        wanted = {int(krw) for pot in pots for krw in _so_far_krw(pot, entry)[1:]}
    else:
        later = {s.amount_krw for pot in pots for s in pot.supplements if s.date.isoformat() == entry.start}
        wanted = {sum(pot.amount_krw for pot in pots), *later}
    if amount not in wanted:
        yield f"another amount; expected {amount:,.0f} won"
    payer = "city" if entry.text("area") == "incheon" else entry.text("area")
    if {pot.payer for pot in pots} != {payer}:
        yield f"another payer; expected {payer}"


def _so_far_krw(pot: Budget, entry: Entry) -> np.ndarray:
    """Return int64[1 + supplements]: the printed money of a pot after each supplement in the days of a row."""
    printed = [s for s in pot.supplements if s.source != "assumption"]
    added = sorted((s.date, s.amount_krw) for s in printed if entry.start <= s.date.isoformat() <= entry.end)
    return np.cumsum([pot.amount_krw, *(krw for _, krw in added)])


_CHECKS: dict[str, Callable[[Entry, View], Iterator[str]]] = {
    "cashback": _city,
    "topup": _top_up,
    "event_topup": _top_up,
    "suspension": _suspension,
    "plus_topup": _plus_top_up,
    "plus_discount": _plus_discount,
    "fee_support": _fee_support,
    "rule": _one_rate,
    "merchant_benefit": _help_in_kind,
    "none": _nothing,
    "budget": _budget,
}
"""How a row is compared with a policy, by its programme (rows of policy_city: cashback)."""


def _days(entry: Entry, view: View) -> Iterator[str]:
    """The layers of a row start and end with it, or with the rows that share them."""
    dated = [view.layers[id] for id in entry.layers if hasattr(view.layers[id], "start")]
    if not dated:
        return
    sharing = [e for e in view.entries if e.layers == entry.layers and e.status == EXACT]
    first, last = min(e.start for e in sharing), "" if any(not e.end for e in sharing) else max(e.end for e in sharing)
    in_policy = (
        min(x.start for x in dated).isoformat(),
        "" if any(x.end is None for x in dated) else str(max(x.end for x in dated)),
    )
    if in_policy != (first, last):
        yield f"in force from {in_policy[0]} to {in_policy[1] or 'no end'}; expected {first} to {last or 'no end'}"


def _sources(entry: Entry, view: View) -> Iterator[str]:
    pots = [view.layers[id] for id in entry.layers]
    sources = {s for pot in pots for part in (pot, *getattr(pot, "supplements", ())) for s in part.source.split(";")}
    lacking = set(entry.text("source_id").split(";")) - sources
    if pots and lacking:
        yield f"sources {', '.join(sorted(lacking))} not named; expected them in the layer"


def policy_differences(entry: Entry, view: View) -> list[str]:
    """Return what a policy promises otherwise than a row that is called exact; an empty list when nothing."""
    programme = entry.text("programme") or "cashback"
    if programme not in _CHECKS:
        return [f"{entry.row}: nothing compares a row of {programme}; expected it not to be called exact"]
    checks = (_CHECKS[programme], _days, _sources)
    return [f"{entry.row}: {difference}" for check in checks for difference in check(entry, view)]


def inexact(entries: list[Entry], policies: dict[str, Policy]) -> list[str]:
    """Return every difference between the rows called exact and the policies that represent them."""
    views = {name: View(policy, entries) for name, policy in policies.items()}
    return [difference for e in entries if e.status == EXACT for difference in policy_differences(e, views[e.policy])]
