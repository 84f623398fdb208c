"""Made policies: valid ones that cover every clause of the language, from Hypothesis, and their TOML.

A made policy is what a file holds: a dict of keys and lists of layers. It is valid by construction: periods that
may meet are kept apart by time, place, trade, sales band or day of the week, one split of funding a budget.
Choices are read from one string of bytes, which Hypothesis draws and shrinks in a moment; zeros are the plainest.
"""

import datetime
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeVar

from hypothesis import strategies as st

from eum.dimensions import AGE_BANDS, DISTRICTS, HOUSEHOLDS, SALES_BAND_HIGH_KRW, SECTORS, WEEKDAYS
from eum.policy.base import HELP_IN_KIND
from eum.policy.model import LAYERS, PROMISES, Policy

Layer = dict[str, Any]
T = TypeVar("T")

FIRST, LAST = datetime.date(2020, 2, 1), datetime.date(2020, 4, 30)
MARCH = datetime.date(2020, 3, 1)
DAY = datetime.timedelta(days=1)
ASSUMED = {"source": "assumption"}


class Dice:
    """Choices read from bytes, four at a time; zero when they have run out."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        four = self.data[self.at : self.at + 4]
        self.at += 4
        return low + int.from_bytes(four, "big") % (high - low + 1)

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of the options, the first for zero."""
        return options[self.number(0, len(options) - 1)]

    def chance(self, one_in: int = 3) -> bool:
        """Return yes once in so many times, no for zero."""
        return self.number(1, one_in) == one_in

    def shuffled(self, words: Sequence[T]) -> list[T]:
        """Return the words in any order."""
        rest = list(words)
        return [rest.pop(self.number(0, len(rest) - 1)) for _ in range(len(words))]

    def some_of(self, words: Sequence[T], at_least: int = 1) -> list[T]:
        """Return some of the words, each once, in any order."""
        return self.shuffled(words)[: self.number(at_least, len(words))]

    def percent(self, most_bp: int = 10_000, least_bp: int = 0) -> float:
        """Return a percentage with at most two decimals, a whole one in half the cases."""
        if self.chance(2):
            return self.number(least_bp, most_bp) / 100
        return self.number(-(-least_bp // 100), most_bp // 100)

    def won(self) -> int:
        """Return an amount above zero, a round one in most cases."""
        return self.number(1, 3_000_000) if self.chance() else self.number(1, 300) * 10_000

    def day(self, first: datetime.date = FIRST, last: datetime.date = LAST) -> datetime.date:
        """Return a day of the months of the made policies."""
        return first + self.number(0, (last - first).days) * DAY


def tiers(dice: Dice, most: int) -> list[Layer]:
    """Return tiers that follow each other from zero, the last one perhaps without an end."""
    made, low = [], 0
    for _ in range(dice.one_of((1, 1, 2, 2, most))):
        made.append({"from_krw": low, "to_krw": low + dice.won(), "rate_percent": dice.percent()})
        low = made[-1]["to_krw"]
    if dice.chance():
        del made[-1]["to_krw"]
    return made


def spans(dice: Dice) -> list[Layer]:
    """Return periods one after the other, none overlapping; the last one perhaps without an end."""
    days = sorted({dice.day() for _ in range(dice.number(1, 2))})
    made = [{"start": day, "end": later - DAY, **ASSUMED} for day, later in pairwise(days)]
    last = {"start": days[-1], **ASSUMED}
    return [*made, last if dice.chance() else {**last, "end": days[-1] + dice.number(0, 60) * DAY}]


def pot(dice: Dice, name: str) -> Layer:
    """Return a budget with some of all kinds of money."""
    made = {"id": name, "payer": dice.one_of(("city", "city", "national", *DISTRICTS)), "purpose": "trial"}
    amount = dice.one_of((dice.number(0, 50) * 100_000_000, dice.number(0, 50_000_000)))
    made |= {"amount_krw": amount, "confidence": dice.one_of("ABCDJ"), **ASSUMED}
    if dice.chance():
        made["monthly_krw"] = dice.won()
        made |= {"carry_over": dice.chance(2)} if dice.chance(2) else {}
        made |= {"monthly_from": dice.day(last=MARCH)} if dice.chance(2) else {}
        made |= {"monthly_to": dice.day(first=MARCH)} if dice.chance(2) else {}
    if dice.chance():
        money = [{"date": dice.day(), "amount_krw": dice.won(), **ASSUMED} for _ in range(dice.number(1, 2))]
        made["supplements"] = money
    if dice.chance():
        gone = sorted({dice.percent(9_999) for _ in range(dice.number(1, 3))})
        made["steps"] = [{"gone_percent": part, "paid_percent": dice.number(0, 100)} for part in gone]
    return made


def apart(dice: Dice) -> list[Layer]:
    """Return keys of one or two periods that may hold at once, since no shop on a day is in both of them."""
    key, words = dice.one_of((("districts", DISTRICTS), ("sectors", SECTORS), ("weekdays", WEEKDAYS)))
    chosen, bound = dice.shuffled(words), dice.one_of(SALES_BAND_HIGH_KRW)
    cut = dice.number(1, len(words) - 1)
    by_sales: list[Layer] = [{"merchant_sales_to_krw": bound}, {"merchant_sales_from_krw": bound}]
    by_list: list[Layer] = [{key: chosen[:cut]}, {key: chosen[cut:]}]
    return dice.one_of(([{}], [{}], by_list, by_sales))


def add_city(dice: Dice, made: Layer) -> None:
    """Add ordinary periods, and perhaps an event."""
    counts = dice.one_of(("month", "month", "half_year", "programme"))
    parts = [{**span, **keys} for span in spans(dice) for keys in apart(dice)]
    if dice.chance(2):
        start = dice.day()
        event = {"start": start, "end": start + dice.number(0, 40) * DAY, "event": True, **ASSUMED}
        parts += [{**event, **keys} for keys in apart(dice)]
    made["city"] = [period(dice, made, keys, counts) for keys in parts]


def period(dice: Dice, made: Layer, keys: Layer, counts: str) -> Layer:
    """Return a city period; its split of funding follows from its budget."""
    budget = dice.one_of(made["pots"])
    national = {"national": 100, "city": budget["amount_krw"] % 101}.get(budget["payer"], 0)
    told = {**keys, "tiers": tiers(dice, 8), "budget": budget["id"]}
    told |= {"national_percent": national, "city_percent": 100 - national}
    told |= {"spending_counts": counts} if counts != "month" or dice.chance(2) else {}
    told |= {"form": dice.one_of(("discount", "cashback"))} if dice.chance() else {}
    told |= {"most_per_payment_krw": dice.won()} if dice.chance() else {}
    told |= {"announced": dice.day(FIRST - 40 * DAY, keys["start"])} if dice.chance() else {}
    if dice.chance(4):
        told["above_ordinary_percent"] = dice.percent(20_000, 1)
        told["ordinary_card_share_percent"] = dice.percent(10_000, 1)
    return told


def add_top_ups(dice: Dice, made: Layer) -> None:
    """Add top-ups of up to two districts, for all or some people, and any or their own card."""
    for district in dice.shuffled(DISTRICTS)[: dice.number(0, 2)]:
        for span in spans(dice):
            told = {**span, "district": district, "tiers": tiers(dice, 4), "budget": dice.one_of(made["pots"])["id"]}
            told |= {"card": dice.one_of(("any", "own"))} if dice.chance(2) else {}
            told |= {"ages": dice.some_of(AGE_BANDS)} if dice.chance() else {}
            told |= {"households": dice.one_of(HOUSEHOLDS)} if dice.chance() else {}
            made["top_up"].append(told)


def add_plus(dice: Dice, made: Layer) -> None:
    """Add terms of Plus shops in up to two areas."""
    for area in dice.shuffled(("incheon", *DISTRICTS))[: dice.number(0, 2)]:
        for span in spans(dice):
            low, high = sorted((dice.percent(700), dice.percent(700)))
            told = {**span, "area": area, "discount_low_percent": low, "discount_high_percent": high}
            if dice.chance(2):
                told |= {"top_up_percent": dice.percent(), "budget": dice.one_of(made["pots"])["id"]}
                told |= {"up_to_krw": dice.won()} if dice.chance() else {}
            told |= {"card": "own"} if area != "incheon" and dice.chance() else {}
            told |= {"in_kind": dice.some_of(HELP_IN_KIND, at_least=0)} if dice.chance() else {}
            made["plus"].append(told)


def add_fee_support(dice: Dice, made: Layer) -> None:
    """Add support of fees in up to two districts."""
    for district in dice.shuffled(DISTRICTS)[: dice.number(0, 2)]:
        told = {**spans(dice)[-1], "district": district, "rate_percent": dice.percent(300)}
        told |= {"plus_shops": dice.chance(2), "ordinary_shops_up_to_krw": dice.one_of((0, *SALES_BAND_HIGH_KRW))}
        made["fee_support"].append({**told, "budget": dice.one_of(made["pots"])["id"]})


def amount(dice: Dice) -> Layer:
    """Return one line of a grant: how much, and for whom."""
    told: Layer = {"amount_krw": dice.won()}
    told |= {"ages": dice.some_of(AGE_BANDS)} if dice.chance() else {}
    told |= {"districts": dice.some_of(DISTRICTS)} if dice.chance() else {}
    told |= {"take_up_percent": dice.percent()} if dice.chance() else {}
    return told | ({"households": dice.one_of(HOUSEHOLDS)} if dice.chance() else {})


def add_grants(dice: Dice, made: Layer) -> None:
    """Add no, one or two grants, one after the other."""
    for span in spans(dice) if dice.chance(2) else []:
        told = {"end": span["start"] + dice.number(0, 90) * DAY, **span}
        told |= {"amounts": [amount(dice) for _ in range(dice.number(1, 3))], "budget": dice.one_of(made["pots"])["id"]}
        told |= {"take_up_percent": dice.percent()} if dice.chance() else {}
        told |= {"users_take_up_percent": dice.percent()} if dice.chance() else {}
        told |= {"minimum_spend_krw": dice.won()} if dice.chance() else {}
        told |= {"most_per_purchase_krw": dice.won()} if dice.chance() else {}
        told |= {"merchant_sales_to_krw": dice.one_of(SALES_BAND_HIGH_KRW)} if dice.chance() else {}
        made["grant"].append(told)


def add_cards(dice: Dice, made: Layer) -> None:
    """Add the cards that promises to own cards need."""
    own = [(p["district"], p["start"]) for p in made["top_up"] if p.get("card", "own") == "own"]
    own += [(p["area"], p["start"]) for p in made["plus"] if p.get("card") == "own"]
    for district in sorted({place for place, _ in own}):
        first = min(start for place, start in own if place == district)
        made["district_card"].append({"district": district, "launch": first - dice.number(0, 30) * DAY, **ASSUMED})


def policy_of_bytes(data: bytes) -> Layer:
    """Return the policy that bytes choose."""
    dice = Dice(data)
    made: Layer = {kind: [] for kind in LAYERS} | {"pots": [pot(dice, name) for name in ("first", "둘째", "third.3")]}
    for add in (add_city, add_top_ups, add_plus, add_fee_support, add_grants, add_cards):
        add(dice, made)
    used = {part.get("budget") for kind in PROMISES for part in made[kind]}
    made["budget"] = [budget for budget in made.pop("pots") if budget["id"] in used]
    for i, part in enumerate(part for kind in PROMISES for part in made[kind]):
        part.update({"id": f"layer-{i}"} if dice.chance() else {})
    return {"title_ko": "지은 정책", "title_en": "A made policy", **{k: v for k, v in made.items() if v}}


def made_policies() -> st.SearchStrategy[Layer]:
    """Return valid policies, as files hold them; every clause of the language comes up."""
    return st.binary(min_size=1600, max_size=1600).map(policy_of_bytes)


def policy_from(made: Layer, name: str = "made") -> Policy:
    """Return the policy of made values."""
    return Policy.model_validate({"name": name, **made})


def toml_value(value: Any) -> str:
    """Return a value in TOML, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, datetime.date) else repr(value)


def toml(made: Layer) -> str:
    """Return made values as the text of a policy file."""
    layers = [kind for kind in LAYERS if isinstance(made.get(kind), list)]
    lines = [f"{key} = {toml_value(value)}" for key, value in made.items() if key not in layers]
    for kind in layers:
        for part in made[kind]:
            if not isinstance(part, dict):
                return "\n".join([*lines, f"{kind} = {toml_value(made[kind])}"])
            lines += [f"[[{kind}]]", *(f"{key} = {toml_value(value)}" for key, value in part.items())]
    return "\n".join(lines) + "\n"
