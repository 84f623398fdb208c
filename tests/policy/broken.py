"""Made policies with one thing wrong, and what must be said of it: the key, and often the value."""

import copy
import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from eum.dimensions import DISTRICTS
from eum.policy.model import PROMISES
from tests.policy.made import ASSUMED, DAY, Dice, Layer, policy_of_bytes, toml


class Broken(NamedTuple):
    """The text of a policy file with one fault, and texts that its one line must hold."""

    what: str
    text: str
    told: tuple[str, ...]


Fault = Callable[[Dice, Layer], tuple[str, ...]]

WRONG: dict[type, tuple[Any, ...]] = {
    bool: ("yes", 1, 0.5, [True]),
    int: ("1", 1.5, True, [1], datetime.date(2020, 1, 1), -1, {"krw": 1}),
    float: ("1", True, [1], datetime.date(2020, 1, 1), -1, 0.005, float("nan"), float("inf")),
    str: (7, True, [], ""),
    datetime.date: ("2020-03-16", 20200316, True, datetime.datetime(2020, 3, 16, 12)),
    list: (7, "all", True, {"a": 1}),
}


def some_layer(dice: Dice, made: Layer, kinds: tuple[str, ...]) -> tuple[str, int, Layer]:
    """Return a layer of some kinds with its kind and number; a policy always has a city period and a budget."""
    found = [(kind, i, part) for kind in kinds for i, part in enumerate(made.get(kind, []))]
    return dice.one_of(found)


def wrong_type(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Put a value of another type, or out of its range, into a layer."""
    kind, i, part = some_layer(dice, made, (*PROMISES, "budget", "district_card"))
    keys = [key for key in part if key not in ("note", "purpose", "budget", "id")]
    key = dice.one_of(keys)
    kind_of = float if key.endswith("_percent") else type(part[key])
    part[key] = dice.one_of([value for value in WRONG[kind_of] if not (key == "source" and value == [])])
    return f"{kind}[{i}]", key


def wrong_tier(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Put a wrong value into a tier."""
    kind, i, part = some_layer(dice, made, ("city", "top_up"))
    key = dice.one_of(("from_krw", "rate_percent"))
    part["tiers"][0][key] = dice.one_of(WRONG[float if key == "rate_percent" else int])
    return f"{kind}[{i}].tiers[0].{key}", ""


def unknown_key(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Add a key that no layer has."""
    kind, i, part = some_layer(dice, made, (*PROMISES, "budget", "district_card"))
    key = dice.one_of(("cap", "percent", "names", "budgets"))
    part[key] = 3
    return f"{kind}[{i}].{key}: 3: unknown key; expected", ""


def missing_key(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Leave out a key that must be there."""
    kind, i, part = some_layer(dice, made, (*PROMISES, "budget"))
    needed = {"city": "tiers", "top_up": "district", "plus": "area", "fee_support": "plus_shops", "grant": "amounts"}
    key = dice.one_of(("source", needed.get(kind, "payer")))
    del part[key]
    return f"{kind}[{i}].{key}: missing; expected a value", ""


def unknown_word(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Name a district, trade, age or day that there is not, or one twice."""
    lists = ("districts", "suwon"), ("sectors", "karaoke"), ("weekdays", "monday;"), ("form", "gift")
    key, words = dice.one_of(lists)
    _, i, part = some_layer(dice, made, ("city",))
    part[key] = words if key == "form" else dice.one_of(([words], ["gyeyang", "gyeyang", words], []))
    return f"city[{i}].{key}: ", "" if part[key] == [] else words if words in str(part[key][:1]) else ""


def overlap(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Promise the same once more on the same days."""
    kind, _, part = some_layer(dice, made, PROMISES)
    # A period of a day or two may hold on no day of its week, and then meets no other.
    part.pop("weekdays", None)
    again = copy.deepcopy(part)
    again.pop("id", None)
    made[kind].append(again)
    return kind, "overlaps the one from"


def unknown_budget(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Draw on a budget that there is not."""
    kind, i, part = some_layer(dice, made, ("city", "top_up", "fee_support", "grant"))
    part["budget"] = "nowhere"
    return f"{kind}[{i}].budget: 'nowhere': expected the id of a [[budget]]", ""


def idle_budget(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Set aside money for nothing."""
    idle = {"id": "idle", "payer": "city", "purpose": "x", "amount_krw": 1, "confidence": "J", **ASSUMED}
    made["budget"].insert(dice.number(0, len(made["budget"])), idle)
    return "budget: 'idle' pays for nothing; expected", ""


def end_before_start(dice: Dice, made: Layer) -> tuple[str, ...]:
    """End a promise before it begins."""
    kind, i, part = some_layer(dice, made, PROMISES)
    part["end"] = part["start"] - dice.number(1, 100) * DAY
    return f"{kind}[{i}]: end {part['end']} lies before start {part['start']}; expected", ""


def funding(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Fund a little more or less than all."""
    _, i, part = some_layer(dice, made, ("city",))
    part["national_percent"], part["city_percent"] = 30, dice.one_of((69, 71, 0, 70.01))
    return f"city[{i}]: funding adds up to", "expected 100"


def tier_gap(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Leave a gap between tiers, let them overlap, or start above zero."""
    _, i, part = some_layer(dice, made, ("city",))
    low = dice.one_of((90_000, 110_000))
    first, then = {"from_krw": 0, "to_krw": 100_000, "rate_percent": 5}, {"from_krw": low, "rate_percent": 1}
    part["tiers"] = dice.one_of(([first, then], [then]))
    return f"city[{i}].tiers: ", f"from {low}"


def unknown_variable(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Use a variable that there is not."""
    kind, i, part = some_layer(dice, made, (*PROMISES, "budget"))
    key = dice.one_of([key for key in part if key != "id"])
    part[key] = "$nowhere"
    return f"{kind}[{i}].{key}: '$nowhere': expected one of the [variables]", ""


def wrong_variable(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Give a variable a value that its place cannot hold."""
    _, i, part = some_layer(dice, made, ("city",))
    value = dice.one_of((150, -1, "10", True))
    made["variables"] = {"rate": value}
    part["tiers"][-1]["rate_percent"] = "$rate"
    return f"city[{i}].tiers[{len(part['tiers']) - 1}].rate_percent: $rate = {value!r}: expected", ""


def idle_variable(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Name a variable that stands nowhere, or one that can be none."""
    value = dice.one_of((3, [3], {"a": 1}, datetime.datetime(2020, 1, 1)))
    made["variables"] = {"spare": value}
    return "variables.spare: ", repr(value)


def unknown_layer(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Change or remove a layer that there is not."""
    key, value = dice.one_of((("remove", ["nowhere"]), ("override", {"nowhere": {"end": datetime.date(2020, 4, 1)}})))
    made[key] = value
    return key, "'nowhere': expected the id of a layer of the policy extended"


def unknown_base(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Extend a policy that there is not."""
    made["extends"] = dice.one_of(("nowhere", 7, ""))
    return "extends: ", str(made["extends"])


def twice(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Give two layers one name."""
    _, _, part = some_layer(dice, made, PROMISES)
    part["id"] = made["budget"][0]["id"]
    return f"id {part['id']!r} stands twice; expected each once", ""


def no_card(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Promise something to holders of a card that there is not."""
    busy = {part["district"] for kind in ("top_up", "district_card") for part in made.get(kind, [])}
    district = dice.one_of([name for name in DISTRICTS if name not in busy])
    budget, tier = made["budget"][0]["id"], {"from_krw": 0, "rate_percent": 1}
    top_up = {"start": dice.day(), "district": district, "tiers": [tier], "budget": budget, **ASSUMED}
    made["top_up"] = [*made.get("top_up", []), top_up]
    return f"top_up[{len(made['top_up']) - 1}].district: {district!r}: expected a [[district_card]]", ""


def not_toml(dice: Dice, made: Layer) -> tuple[str, ...]:
    """Spoil the text itself; done where the text is made."""
    made["__spoilt"] = dice.one_of(("[[city]", "a = ", 'b = "', "= 3", "c = 2020-02-30", "title_ko = 1", "\x00"))
    return "not valid TOML", ""


FAULTS: tuple[Fault, ...] = (
    *(wrong_type, wrong_tier, unknown_key, missing_key, unknown_word, overlap, unknown_budget, idle_budget),
    *(end_before_start, funding, tier_gap, unknown_variable, wrong_variable, idle_variable, unknown_layer),
    *(unknown_base, twice, no_card, not_toml),
)


def _broken(choice: tuple[Fault, bytes, bytes]) -> Broken:
    fault, how, data = choice
    made = policy_of_bytes(data)
    told = fault(Dice(how), made)
    spoilt = made.pop("__spoilt", None)
    text = toml(made)
    # A second title, or a broken line, spoils the whole file.
    text = text if spoilt is None else text.replace("title_en", f"{spoilt}\ntitle_en", 1)
    return Broken(fault.__name__, text, tuple(part for part in told if part))


def broken_policies() -> st.SearchStrategy[Broken]:
    """Return texts of policy files, each with one thing wrong."""
    how, data = (st.binary(min_size=size, max_size=size) for size in (40, 1600))
    return st.tuples(st.sampled_from(FAULTS), how, data).map(_broken)
