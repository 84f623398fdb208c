"""Clauses of policies made at random, for the two engines to agree on: where, when, for whom, in what form."""

import datetime
from typing import Any

from hypothesis import strategies as st

from eum.dimensions import AGE_BANDS, DISTRICTS, SALES_BAND_HIGH_KRW, SECTORS, WEEKDAYS

Layer = dict[str, Any]


def tiers(draw: st.DrawFn, most: int) -> list[Layer]:
    """Draw tiers that follow each other, the last one with or without an end."""
    bounds = draw(st.sampled_from([[], [30_000], [300_000], [50_000, 500_000], [20_000, 100_000, 1_000_000]]))[:most]
    rates = [draw(st.integers(0, 40)) / 2 for _ in range(len(bounds) + 1)]
    last = draw(st.booleans())
    made = [
        {"from_krw": low, "to_krw": high, "rate_percent": rate}
        for low, high, rate in zip([0, *bounds], [*bounds, None], rates, strict=True)
    ]
    return made if last or not bounds else made[:-1]


def budget(draw: st.DrawFn, name: str, payer: str, when: datetime.date) -> Layer:
    """Draw a budget that may hold for a day, for a week or for ever, with more money or steps now and then."""
    amount = draw(st.sampled_from([0, 40_000_000, 300_000_000, 2_000_000_000, 10**12]))
    extra = [{"date": when, "amount_krw": 60_000_000, "source": "assumption"}] if draw(st.booleans()) else []
    made = {
        "id": name, "payer": payer, "purpose": "cashback", "amount_krw": amount, "supplements": extra,
        "source": "assumption", "confidence": "J",
    }  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        made |= {"monthly_krw": draw(st.sampled_from([30_000_000, 500_000_000])), "carry_over": draw(st.booleans())}
    if draw(st.integers(0, 3)) == 0:
        made["steps"] = [{"gone_percent": 10, "paid_percent": 60}, {"gone_percent": 50.5, "paid_percent": 33}]
    return made


def _some(draw: st.DrawFn, words: tuple[str, ...]) -> list[str]:
    return draw(st.lists(st.sampled_from(words), min_size=1, max_size=len(words) - 1, unique=True))


def _rest(words: tuple[str, ...], some: list[str]) -> list[str]:
    return [word for word in words if word not in some]


def _parts(draw: st.DrawFn) -> list[Layer]:
    """Draw one or two parts of all shops and days, no shop on no day in both."""
    kind = draw(st.sampled_from(["all", "all", "districts", "sectors", "weekdays", "bands"]))
    if kind == "all":
        return [{}]
    if kind == "bands":
        bound = draw(st.sampled_from(SALES_BAND_HIGH_KRW))
        parts = [{"merchant_sales_to_krw": bound}, {"merchant_sales_from_krw": bound}]
    else:
        words = {"districts": DISTRICTS, "sectors": SECTORS, "weekdays": WEEKDAYS}[kind]
        some = _some(draw, words)
        parts = [{kind: some}, {kind: _rest(words, some)}]
    return parts if draw(st.booleans()) else parts[:1]


def _terms(draw: st.DrawFn) -> Layer:
    """Draw what a period of the city's programme gives."""
    made: Layer = {"tiers": tiers(draw, 3)}
    if draw(st.integers(0, 2)) == 0:
        made["form"] = "discount"
    if draw(st.integers(0, 3)) == 0:
        made["most_per_payment_krw"] = draw(st.sampled_from([1, 500, 3_000]))
    if draw(st.integers(0, 3)) == 0:
        made |= {"above_ordinary_percent": draw(st.sampled_from([50, 103.5])), "ordinary_card_share_percent": 10}
    return made


def city_periods(draw: st.DrawFn, start: datetime.date, end: datetime.date) -> list[Layer]:
    """Draw the city's programme before and after the middle of a run, and now and then an event."""
    middle = start + (end - start) // 2
    fund = {"source": "assumption", "budget": "city", "national_percent": 31.5, "city_percent": 68.5}
    fund["spending_counts"] = draw(st.sampled_from(["month", "month", "half_year", "programme"]))
    known = draw(st.sampled_from([None, start]))
    halves: list[Layer] = [
        {"start": start, "end": middle},
        {"start": middle + datetime.timedelta(days=1), "announced": known},
    ]
    # An announced change of the whole city's rate, the only one for which purchases wait, in half of the cases.
    whole = draw(st.booleans())
    periods = [
        {**fund, **half, **part, **_terms(draw)} for half in halves for part in ([{}] if whole else _parts(draw))
    ]
    if draw(st.booleans()):
        first = draw(st.dates(start, end))
        event = {"budget": "event", "national_percent": 0, "city_percent": 100, "event": True, "start": first}
        periods.append({**fund, **event, **_parts(draw)[0], **_terms(draw)})
    return periods


def for_some_people(draw: st.DrawFn) -> Layer:
    """Draw for whom a clause is: everybody, some ages, some households."""
    made: Layer = {}
    if draw(st.booleans()):
        made["ages"] = _some(draw, AGE_BANDS)
    if draw(st.booleans()):
        made["households"] = draw(st.sampled_from(["constrained", "other"]))
    return made


def grant(draw: st.DrawFn, start: datetime.date, end: datetime.date) -> Layer:
    """Draw a grant loaded in the first days of a run; it may lapse before its end."""
    first = start + datetime.timedelta(days=draw(st.integers(0, 3)))
    amounts = [{"amount_krw": draw(st.sampled_from([5_000, 50_000, 400_000])), **for_some_people(draw)}]
    if draw(st.booleans()):
        taken = {"take_up_percent": draw(st.sampled_from([0, 25, 100]))}
        amounts.append({"amount_krw": 120_000, "districts": _some(draw, DISTRICTS), **taken})
    made: Layer = {
        "start": first, "end": draw(st.dates(first, end + datetime.timedelta(days=2))), "amounts": amounts,
        "take_up_percent": draw(st.sampled_from([0, 40, 100])), "source": "assumption",
        "users_take_up_percent": draw(st.sampled_from([None, 0, 80])),
        "minimum_spend_krw": draw(st.sampled_from([0, 0, 12_000, 30_000])),
    }  # fmt: skip
    if draw(st.booleans()):
        made["most_per_purchase_krw"] = draw(st.sampled_from([1_000, 10_000]))
    if draw(st.booleans()):
        made["merchant_sales_to_krw"] = draw(st.sampled_from(SALES_BAND_HIGH_KRW))
    return made
