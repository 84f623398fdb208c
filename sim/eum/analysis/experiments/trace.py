"""The story of one resident or one shop: day by day in two worlds, what differed and which clause caused it."""

import datetime
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters
from eum.calibration.carried_start import start_of
from eum.city.build import City
from eum.city.shops import Shops
from eum.dimensions import AGE_BANDS, DISTRICTS, N_DISTRICTS, N_SECTORS, ORIGINS, PLACES, SALES_BANDS, SECTORS, WEEKDAYS
from eum.engine.model import CityModel
from eum.engine.reference.destination_choice import class_of
from eum.engine.reference.state import Bill, Person, Purchase, Visit
from eum.engine.reference.tracer import AgentTracer
from eum.errors import InputError
from eum.policy.clauses import bands_between
from eum.policy.model import Policy, in_force
from eum.policy.timetable import Timetable

_SMALL, _LARGE, _OUTSIDE = 10, 20, 24
_CLAUSE = re.compile(r"\((\w+\[\d+\])\)")
_CARDS = ("no card", "active", "dormant", "ordered")


class TraceConfig(NamedTuple):
    """What a story is made for: the worlds compared, the days, the seed."""

    baseline: Policy
    policy: Policy
    start: datetime.date
    end: datetime.date
    seed: int


def place_name(destination: int) -> str:
    """Return a destination in words, such as "gyeyang, Plus shop"."""
    if destination < 0:
        return "another day"
    if _LARGE <= destination < _OUTSIDE:
        return PLACES[N_DISTRICTS + destination - _LARGE]
    kind = "small shop" if destination < _SMALL else "large store" if destination < _LARGE else "Plus shop"
    return f"{DISTRICTS[(destination - (_OUTSIDE if destination >= _OUTSIDE else 0)) % N_DISTRICTS]}, {kind}"


def _model(city: City, parameters: Parameters, story: TraceConfig) -> CityModel:
    policies, pairs = [story.baseline, story.policy], [(0, 1)]
    if not story.baseline.is_empty:
        policies, pairs = [Policy(name="none", title_ko="", title_en=""), *policies], [(0, 1), (0, 2), (1, 2)]
    start = start_of(city, parameters, story.start)
    period = (story.start, story.end)
    return CityModel(city, policies, parameters, period, pairs, seed=story.seed, start_state=start)


def _clause(policy: Policy, date: datetime.date, part: str, district: str) -> str:
    """Return the key in the policy file of what is in force, such as "top_up[0]"."""
    for i, layer in enumerate(getattr(policy, part)):
        if layer in in_force([layer], date) and district in (
            getattr(layer, "district", None),
            getattr(layer, "area", None),
        ):
            return f"{part}[{i}]"
    for i, layer in enumerate(getattr(policy, part)):
        if layer in in_force([layer], date) and getattr(layer, "area", "incheon") == "incheon":
            return f"{part}[{i}]"
    return part


def _cause(date: datetime.date, policy: Policy, visit: Visit, before: Bill, bill: Bill) -> str:
    """Return in words what the policy gives at this purchase beyond the baseline, with the clause that says so."""
    if not visit.by_card:
        return "" if before == bill else "purchase moved in time, or local income of the second round"
    district = DISTRICTS[
        visit.destination % N_DISTRICTS if visit.destination < _OUTSIDE else visit.destination - _OUTSIDE
    ]
    timetable = Timetable(policy)
    city, period = timetable.city_key(date, bill.schedule), timetable.city_period(date, bill.schedule)
    form = "discount at the till" if period is not None and period.form == "discount" else "city cashback"
    named = (
        (city, form),
        (_clause(policy, date, "top_up", district), "district top-up"),
        (_clause(policy, date, "plus", district), "Plus top-up"),
        (_clause(policy, date, "plus", district), "shop's discount"),
    )
    causes = [
        f"{words} {now / 100:g} % ({clause})"
        for (clause, words), now, was in zip(named, bill.rates, before.rates, strict=True)
        if now != was
    ]
    if bill.granted_krw != before.granted_krw:
        causes.append(f"grant money spent {bill.granted_krw:,} won ({_clause(policy, date, 'grant', district)})")
    if bill.held_krw != before.held_krw:
        causes.append(f"cashback spent {bill.held_krw:,} won")
    return "; ".join(causes)


def _purchase_row(date: datetime.date, person: Person, entry: tuple, worlds: tuple[int, int], policy: Policy) -> dict:
    purchase, visits, bills = entry
    (twin, visit), (before, bill) = (visits[w] for w in worlds), (bills[w] for w in worlds)
    assert isinstance(purchase, Purchase)
    kind = class_of(person.home, twin, visit) if visit.by_card else ""
    return {
        "date": date.isoformat(),
        "sector": SECTORS[purchase.sector],
        "place_baseline": place_name(twin.destination),
        "place_policy": place_name(visit.destination),
        "shop_baseline": twin.shop,
        "shop_policy": visit.shop,
        "krw_baseline": before.paid_krw,
        "krw_policy": bill.paid_krw,
        "by_card_baseline": twin.by_card,
        "by_card_policy": visit.by_card,
        "cashback_krw_baseline": before.earned_krw,
        "cashback_krw_policy": bill.earned_krw,
        "new_krw": bill.new_krw - before.new_krw,
        "class": kind,
        "differs": (twin, before) != (visit, bill),
        "cause": _cause(date, policy, visit, before, bill),
    }


def resident_trace(
    city: City, parameters: Parameters, story: TraceConfig, number: int, on_day: Callable[[], object] = lambda: None
) -> tuple[dict[str, object], pd.DataFrame]:
    """Return who a resident is, and a table with one row per purchase in both worlds.

    `number` counts the residents and visitors of the city from 0. Columns: date, sector, place, shop (-1 outside the
    city), won, whether by card and cashback earned in the baseline and in the policy world; `new_krw`, the part of the
    won that nobody would have spent; `class` of the rest of a card payment, `differs`, and `cause`: what the policy
    gives there beyond the baseline, with the clause of its file.
    The person is the reference's, checked against the crowd every day. Raises InputError for an unknown number.
    """
    if not 0 <= number < city.n_persons:
        raise InputError(f"resident: {number}: expected a number from 0 to {city.n_persons - 1} (at this scale)")
    model = _model(city, parameters, story)
    witness, worlds = AgentTracer(model, [number]), (len(model.policies) - 2, len(model.policies) - 1)
    rows: list[dict] = []
    (person,) = witness.people
    while model.running:
        date = model.date
        witness.step()
        rows += [_purchase_row(date, person, entry, worlds, story.policy) for entry in person.today]
        on_day()
    return _person(city, person, worlds), pd.DataFrame(rows)


def most_informative_resident(city: City, parameters: Parameters, story: TraceConfig, numbers: list[int]) -> int:
    """Return the number, of those given, whose days show most of the policy; of equals, the first.

    Counted are the classes that the person's card payments fall in and the clauses of the policy behind them. All are
    watched in one run. Raises InputError when no number is given.
    """
    if not numbers:
        raise InputError("resident: no number given; expected at least one to choose from")
    model = _model(city, parameters, story)
    witness, worlds = AgentTracer(model, numbers), (len(model.policies) - 2, len(model.policies) - 1)
    seen: dict[int, set[str]] = {number: set() for number in numbers}
    while model.running:
        date = model.date
        witness.step()
        for person in witness.people:
            for entry in person.today:
                row = _purchase_row(date, person, entry, worlds, story.policy)
                seen[person.number] |= (
                    {row["class"], *_CLAUSE.findall(row["cause"])} if row["by_card_policy"] else set()
                )
    return max(numbers, key=lambda number: len(seen[number]))


def rows_that_differ(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a story that differ between the worlds, with few enough columns for a screen."""
    rows = rows[rows["differs"].astype(bool)] if len(rows) else rows
    if "class" not in rows:
        return rows.drop(columns="differs", errors="ignore")

    def where(world: str) -> pd.Series:
        return rows[f"place_{world}"] + rows[f"by_card_{world}"].map({True: ", card", False: ""})

    return pd.DataFrame({
        "date": rows["date"], "sector": rows["sector"], "baseline": where("baseline"), "policy": where("policy"),
        "won baseline": rows["krw_baseline"], "won policy": rows["krw_policy"],
        "cashback": rows["cashback_krw_policy"], "class": rows["class"], "cause": rows["cause"],
    })  # fmt: skip


def payments_by_class(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a resident's card payments by class: payments, krw and share_percent, the largest first.

    What is new in a payment counts as `new`, the rest as the payment's class, so that won sum to all card payments.
    """
    by_card = rows[rows["by_card_policy"].astype(bool)]
    new = by_card[by_card["new_krw"] != 0].assign(**{"class": "new"})
    parts = [by_card.assign(krw=by_card["krw_policy"] - by_card["new_krw"]), new.assign(krw=new["new_krw"])]
    won = pd.concat(parts).groupby("class")["krw"]
    found = pd.DataFrame({"payments": won.size(), "krw": won.sum()})
    found["share_percent"] = (100 * found["krw"] / found["krw"].sum()).round(1)
    return found.sort_values("krw", ascending=False)


def _person(city: City, person: Person, worlds: tuple[int, int]) -> dict[str, object]:
    wallets = [person.morning[w] for w in worlds]
    return {
        "home": ORIGINS[person.home],
        "age band": AGE_BANDS[person.age],
        "monthly spending (won)": f"{city.levels.spending_krw_per_year[person.level] / 12:,.0f}",
        "liquidity-constrained": "yes" if person.constrained else "no",
        "card at the end, baseline": _CARDS[wallets[0].card],
        "card at the end, policy": _CARDS[wallets[1].card],
        "cashback held at the end, policy (won)": f"{wallets[1].balance_krw:,}",
        "grant money held at the end, policy (won)": f"{wallets[1].grant_krw:,}",
    }


def shop_story(
    city: City, parameters: Parameters, story: TraceConfig, number: int, on_day: Callable[[], object] = lambda: None
) -> tuple[dict[str, object], pd.DataFrame]:
    """Return who a shop is, and a table with one row per day: sales and card sales in both worlds, won of the sample.

    `number` counts the shops of the city from 0, small ones first. At a scale below one a shop sees that share of
    its customers only. Raises InputError for an unknown number.
    """
    n_shops = len(city.shops.cell)
    if not 0 <= number < n_shops:
        raise InputError(f"shop: {number}: expected a number from 0 to {n_shops - 1}")
    model = _model(city, parameters, story)
    worlds = (len(model.policies) - 2, len(model.policies) - 1)
    rows, before = [], _sales(model, number)
    while model.running:
        date, plus = model.date, [bool(model.plus.is_plus[w, number]) for w in worlds]
        model.step()
        now = _sales(model, number)
        day, before = now - before, now
        b, p = worlds
        rows.append({
            "date": date.isoformat(),
            "krw_baseline": int(day[b, 0]), "krw_policy": int(day[p, 0]),
            "card_krw_baseline": int(day[b, 1]), "card_krw_policy": int(day[p, 1]),
            "plus_baseline": plus[0], "plus_policy": plus[1],
            "differs": bool((day[b] != day[p]).any()),
            "in_force": _in_force(story.policy, date, model.city.shops, number, plus[1]),
        })  # fmt: skip
        on_day()
    return _shop(city, number), pd.DataFrame(rows)


def _sales(model: CityModel, shop: int) -> np.ndarray:
    """Return int64[W, 2]: sales and card sales of a shop so far."""
    both = (model.total, model.month)
    sales = sum(t.common_sales[shop] + t.change_sales[:, shop] for t in both)
    return np.stack([sales, sum(t.card_sales[:, shop] for t in both)], axis=1)


def _in_force(policy: Policy, date: datetime.date, shops: Shops, number: int, is_plus: bool) -> str:
    """Return the clauses of a policy that touch a shop on a date; an event and what it stands for are both named."""
    cell, band = int(shops.cell[number]) % (N_DISTRICTS * N_SECTORS), int(shops.band[number])
    district, sector = DISTRICTS[cell // N_SECTORS], SECTORS[cell % N_SECTORS]

    def touches(part: str, layer: Any) -> bool:
        if part == "city":
            where = district in layer.districts and sector in layer.sectors and band in layer.bands
            return where and WEEKDAYS[date.weekday()] in layer.weekdays
        if part == "grant":
            return band in bands_between(0, layer.merchant_sales_to_krw)
        return (getattr(layer, "district", None) or layer.area) in ("incheon", district)

    parts = ["city", "grant", "top_up", "fee_support", *(["plus"] if is_plus else [])]
    layers = [(part, i, layer) for part in parts for i, layer in enumerate(getattr(policy, part))]
    return " ".join(f"{part}[{i}]" for part, i, one in layers if in_force([one], date) and touches(part, one))


def _shop(city: City, number: int) -> dict[str, object]:
    cell, half = int(city.shops.cell[number]), N_DISTRICTS * N_SECTORS
    return {
        "district": DISTRICTS[cell % half // N_SECTORS],
        "sector": SECTORS[cell % N_SECTORS],
        "size": "small" if cell < half else "large or excluded",
        "annual sales": SALES_BANDS[city.shops.band[number]],
        "discount it gives as a Plus shop (percent)": float(city.shops.discount_bp[number] / 100),
    }
