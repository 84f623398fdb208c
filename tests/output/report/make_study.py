"""A made-up study with every table and column of a real one. TEST DATA: none of its numbers means anything."""

import datetime
import itertools
import json
import math
import zlib
from pathlib import Path

import pandas as pd

from eum.artifacts import seal_folder
from eum.dimensions import AGE_BANDS, CLASSES, DISTRICTS, EVIDENCE, PLACES, SALES_BANDS, SECTORS

VARIANTS = ("announced_4", "actual_10")
WORLDS = {
    "announced_4": {
        "baseline": "none",
        "city": "incheon-2020-announced",
        "district": "gyeyang-2020-announced",
    },
    "actual_10": {"baseline": "none", "city": "incheon-2020-actual", "district": "gyeyang-2020-actual"},
}
TITLES = {
    "announced_4": {
        "ko": {"title": "발표 당시 시 요율", "short": "발표 요율", "note": "실제와 다른 안입니다."},
        "en": {"title": "Announced city rate", "short": "Announced rate", "note": "It never came about."},
    },
    "actual_10": {
        "ko": {"title": "실제 시 요율", "short": "실제 요율", "note": ""},
        "en": {"title": "Actual city rate", "short": "Actual rate", "note": ""},
    },
}
RUNGS = (
    "gross_use",
    "net_of_replacement",
    "net_of_size_switching",
    "net_of_time_shift_6m",
    "net_of_time_shift_12m",
    "net_city_sales",
    "city_value_added",
    "city_value_added_second_round",
    "national_net",
)
PUBLISHED = {"plain_sum": 2.94, "outflow_inflow_output": 2.87, "outflow_only": 0.86, "outflow_switching": 1.43}
BUDGETS = {
    "city-cashback": ("city", "cashback", 83_800_000_000.0),
    "gyeyang-event": ("gyeyang", "top_up", 252_500_000.0),
    "gyeyang-plus": ("gyeyang", "plus_top_up and fee_support", 252_500_000.0),
}
_START = datetime.date(2020, 1, 1)
N_DAYS = 182
_LEVEL = {"survey": 1.0, "causal": 0.35, "iri2019": 0.6}


def wobble(*key: object) -> float:
    """Return a number between 0.9 and 1.1 that depends on the key alone."""
    return 0.9 + 0.2 * (zlib.crc32(repr(key).encode()) % 1000) / 1000


def _pairs() -> list[tuple[str, str, str, str]]:
    found = []
    for family, variant in itertools.product(EVIDENCE, VARIANTS):
        worlds = WORLDS[variant]
        for baseline in (worlds["baseline"], worlds["city"]):
            found.append((family, variant, baseline, worlds["district"]))
        found.append((family, variant, worlds["baseline"], worlds["city"]))
    return found


def _worlds() -> list[tuple[str, str, str]]:
    return [(f, v, w) for f in EVIDENCE for v in VARIANTS for w in dict.fromkeys(WORLDS[v].values())]


_PAIR = ["family", "variant", "baseline", "policy"]
_WORLD = ["family", "variant", "world"]


def _ladder() -> pd.DataFrame:
    rows = []
    for pair, scope in itertools.product(_pairs(), ("city", "gyeyang")):
        for (order, rung), denominator in itertools.product(enumerate(RUNGS), ("cashback", "fiscal_cost")):
            rho = 0.085 if denominator == "cashback" else 0.11
            s = _LEVEL[pair[0]] * math.exp(-0.45 * order) * wobble(pair, scope, rung) - 0.02 * (order == 8)
            ratio, payments = s / rho, 4.0e11
            rows.append(
                (
                    *(*pair, scope, rung, order, denominator, s * payments, payments, rho * payments, s, rho),
                    *(ratio, ratio * 0.7 - 0.1, ratio * 1.4 + 0.1, ratio * 0.95, ratio * 1.05, 12),
                )
            )
    columns = ["scope", "rung", "rung_order", "denominator", "numerator_krw", "payments_krw", "cost_krw", "s", "rho"]
    tail = ["ratio", "ratio_low", "ratio_high", "noise_low", "noise_high", "n_runs"]
    return pd.DataFrame(rows, columns=_PAIR + columns + tail)


def _published() -> pd.DataFrame:
    rows = []
    for pair, (name, printed) in itertools.product(_pairs(), PUBLISHED.items()):
        ratio = printed * _LEVEL[pair[0]] * wobble(pair, name)
        rows.append((*pair, name, ratio, ratio * 0.8, ratio * 1.2, printed))
    return pd.DataFrame(rows, columns=[*_PAIR, "accounting", "ratio", "ratio_low", "ratio_high", "published_ratio"])


def _classes() -> pd.DataFrame:
    weights = dict(zip(CLASSES, (60, 3, 8, 4, 6, 3, 4, 2, 6, 4), strict=True))
    rows = []
    for pair in _pairs():
        raw = {name: weight * wobble(pair, name) for name, weight in weights.items()}
        for name, value in raw.items():
            share = value / sum(raw.values())
            rows.append((*pair, name, share * 1.3e12, share, share * 0.8, share * 1.2))
    return pd.DataFrame(rows, columns=[*_PAIR, "class", "krw", "share_of_payments", "share_low", "share_high"])


def _inference() -> pd.DataFrame:
    targets = {"share_replaced": 0.6, "share_switching": 0.1, "share_retained": 0.06, "share_inflow": 0.1}
    targets |= {"share_new": 0.1, "nonresident_share_of_payments": 0.02}
    rows = []
    for family, (quantity, target) in itertools.product(EVIDENCE, targets.items()):
        conflict = family == "iri2019" and quantity == "nonresident_share_of_payments"
        got = 0.16 if conflict else target * wobble(family, quantity)
        status = "not_targeted" if quantity == "share_new" else "conflict" if conflict else "matched"
        rows.append((family, quantity, target, target * 0.8, target * 1.2, got, got * 0.9, got * 1.1, status))
    columns = ["family", "quantity", "target", "target_low", "target_high", "achieved", "achieved_low", "achieved_high"]
    return pd.DataFrame(rows, columns=[*columns, "status"])


def _parameters() -> pd.DataFrame:
    rows = [
        (family, name, unit, value, value * 0.6, value * 1.5, source)
        for family in EVIDENCE
        for name, unit, value, source in (
            ("place_response_large", "ln_per_pp", 0.03, "inferred"),
            ("mpc_other", "share", 0.25, "inferred"),
            ("adoption_p", "per_month", 0.04, "data row"),
        )
    ]
    return pd.DataFrame(rows, columns=["family", "parameter", "unit", "central", "low", "high", "source"])


def _retention() -> pd.DataFrame:
    published = {"incheon": 50.92, "ganghwa": 22.86, "dong": 66.09, "gyeyang": 56.0}
    rows = []
    for world, home in itertools.product(_worlds(), ("incheon", *DISTRICTS)):
        for sector in ("all", *SECTORS) if home == "incheon" else ("all",):
            policy = 0.0 if world[2] == "none" else 0.004 * wobble(world, home) + 0.03 * (wobble(home) - 1)
            own, other = 0.33 * wobble(home, sector) + policy, 0.16 * wobble(sector, home)
            stays = own + other
            found = published.get(home, float("nan")) if sector == "all" else float("nan")
            rows.append((*world, home, sector, own, other, 1 - stays, stays, stays - 0.006, stays + 0.006, found))
    columns = ["home", "sector", "share_home_district", "share_other_districts", "share_outside", "share_city"]
    return pd.DataFrame(rows, columns=[*_WORLD, *columns, "low", "high", "published_outflow_percent"])


def _origin_destination() -> pd.DataFrame:
    rows = []
    for world, home, place in itertools.product(_worlds(), DISTRICTS, PLACES):
        for kind in ("small", "plus", "large") if place in DISTRICTS else ("outside",):
            near = 8.0 if home == place else 1.0
            rows.append((*world, home, place, kind, near * 1e10 * wobble(world, home, place, kind)))
    return pd.DataFrame(rows, columns=[*_WORLD, "home", "place", "kind", "krw"])


def _policy_worlds() -> list[tuple[str, str, str]]:
    return [w for w in _worlds() if w[2].startswith("gyeyang")]


def _budget_paths() -> pd.DataFrame:
    rows = []
    for world, (budget, (_, _, amount)) in itertools.product(_policy_worlds(), BUDGETS.items()):
        for day in range(0, N_DAYS):
            gone = min(
                1.0, max(day - 60, 0) / (90 * wobble(world, budget)) * (1.5 if budget.endswith("event") else 0.8)
            )
            left = amount * (1 - gone)
            date = (_START + datetime.timedelta(days=day)).isoformat()
            rows.append((*world, budget, date, left, max(left - 0.05 * amount, 0.0), min(left * 1.08, amount)))
    return pd.DataFrame(rows, columns=[*_WORLD, "budget", "date", "left_krw", "left_low", "left_high"])


def _budgets() -> pd.DataFrame:
    rows = []
    for world, (budget, (payer, purpose, amount)) in itertools.product(_policy_worlds(), BUDGETS.items()):
        spent, ends = amount * 0.9 * wobble(world, budget), budget == "gyeyang-event"
        days = ("2020-05-02", "2020-04-20", "2020-05-20") if ends else ("", "", "")
        row = (*world, budget, payer, purpose, amount, spent, spent * 0.9, min(spent * 1.1, amount))
        rows.append((*row, 0.92 if ends else 0.0, *days))
    columns = ["budget", "payer", "purpose", "amount_krw", "spent_krw", "spent_low", "spent_high"]
    tail = ["share_of_runs_exhausted", "exhausted_median", "exhausted_low", "exhausted_high"]
    return pd.DataFrame(rows, columns=[*_WORLD, *columns, *tail])


def _funding() -> pd.DataFrame:
    flows = (
        *(("national", "cashback", 2.6e10), ("city", "cashback", 5.0e10), ("gyeyang", "top_up", 2.4e8)),
        *(("gyeyang", "fee_support", 9e7), ("merchants", "discount", 4e8), ("operator", "operation", 2e10)),
    )
    rows = [(*w, payer, purpose, krw * wobble(w, payer)) for w in _policy_worlds() for payer, purpose, krw in flows]
    return pd.DataFrame(rows, columns=[*_WORLD, "payer", "purpose", "krw"])


def _winners() -> pd.DataFrame:
    people = {"spending_decile": [str(n) for n in range(1, 11)], "age_band": AGE_BANDS, "home_district": DISTRICTS}
    shops = {"shop_district": DISTRICTS, "sector": SECTORS, "sales_band": SALES_BANDS}
    rows = []
    for pair, (dimension, items) in itertools.product(_pairs(), (people | shops).items()):
        for position, item in enumerate(items):
            n = 250_000 if dimension in people else 17_000
            each = (4000 * (position + 1) if dimension in people else 600_000 * _LEVEL[pair[0]]) * wobble(pair, item)
            cashback, sales = (each * n, 0.0) if dimension in people else (0.0, each * n)
            rows.append((*pair, dimension, item, cashback, sales, n, each, each * 0.7, each * 1.3))
    columns = ["dimension", "item", "cashback_krw", "sales_change_krw", "n", "per_head_krw", "low", "high"]
    return pd.DataFrame(rows, columns=_PAIR + columns)


def _zero_sum() -> pd.DataFrame:
    rows = []
    for pair, place in itertools.product(_pairs(), DISTRICTS):
        change = (5e9 if place == "gyeyang" else -4e8) * wobble(pair, place) * _LEVEL[pair[0]]
        rows.append((*pair, place, change, 1.4e9 * _LEVEL[pair[0]], change - 3e8, change + 3e8))
    columns = ["district", "small_shop_sales_change_krw", "city_sales_change_krw", "low", "high"]
    return pd.DataFrame(rows, columns=_PAIR + columns)


def _card_fees() -> pd.DataFrame:
    rows = []
    for pair, band in itertools.product(_pairs(), (*SALES_BANDS, "all")):
        card = (5e11 if band == "all" else 1e11) * wobble(pair, band)
        change = card * (0.002 if pair[2].startswith("incheon") else 1.0)
        fees = (card, change, 0.9 * change, 0.01 * card, 0.013 * card, 0.003 * change, 0.002 * change, 0.004 * change)
        rows.append((*pair, band, *fees, 0.0027 * change, 0.0, 1e8, 1e8 + 0.003 * change))
    columns = ["sales_band", "card_krw", "change_krw", "replaced_krw", "fee_krw", "credit_card_krw", "saving_krw"]
    tail = ["saving_low", "saving_high", "saving_replaced_krw", "saving_debit_krw", "support_krw", "net_krw"]
    return pd.DataFrame(rows, columns=[*_PAIR, *columns, *tail])


def _daily() -> pd.DataFrame:
    rows = []
    for world, day in itertools.product(_worlds(), range(N_DAYS)):
        paid = 0.0 if world[2] == "none" else (4e9 if day < 60 else 8e9) * wobble(world[0], day)
        date = (_START + datetime.timedelta(days=day)).isoformat()
        rows.append((*world, date, paid, 0.08 * paid, 900_000.0 + 1500 * day, 600_000.0 + 900 * day))
    columns = ["date", "card_payments_krw", "cashback_krw", "subscribers", "active_holders"]
    return pd.DataFrame(rows, columns=_WORLD + columns)


def _observed_fit() -> pd.DataFrame:
    facts = (
        ("payments", "2020-01", 1.35e11, "krw", "source-a"),
        ("payments", "2020-03", 1.86e11, "krw", "source-a;source-b"),
        ("subscribers", "2020-05-31", 1_170_000.0, "persons", "source-b"),
        ("effective_rate", "2020-03", 8.85, "percent", "source-b"),
        ("outflow_share_incheon", "2018", 50.92, "percent", "source-c"),
        ("outflow_share_gyeyang", "2018", 56.0, "percent", "source-c"),
        ("nonresident_share_of_payments", "2019", 2.0, "percent", "source-c"),
    )
    rows = []
    for family, variant, (quantity, period, observed, unit, source) in itertools.product(EVIDENCE, VARIANTS, facts):
        got = observed * wobble(family, variant, quantity, period)
        rows.append((family, variant, quantity, period, got, got * 0.95, got * 1.05, observed, unit, source))
    columns = ["quantity", "period", "simulated", "low", "high", "observed", "unit", "source_id"]
    return pd.DataFrame(rows, columns=["family", "variant", *columns])


def _assumptions() -> pd.DataFrame:
    nothing = float("nan")
    rows = [
        (
            "age_share",
            None,
            None,
            "14_19",
            0.0627,
            nothing,
            nothing,
            "share_of_total",
            "D",
            "From a census",
            "source-a",
        ),
        ("ticket_mean_krw", None, "fuel", None, 51_000.0, 40_000.0, 60_000.0, "krw", "J", None, "assumption"),
        ("plus_shops_initial", "gyeyang", None, None, 40.0, 20.0, 80.0, "shops", "J", "Judgement", "source-b"),
    ]
    columns = ["parameter", "area", "sector", "item", "value", "low90", "high90", "unit", "confidence", "note"]
    return pd.DataFrame(rows, columns=[*columns, "source_id"])


def _districts() -> pd.DataFrame:
    places = [(area, i // 3, i % 3) for i, area in enumerate(DISTRICTS)]
    return pd.DataFrame(places, columns=["area", "tile_row", "tile_column"])


def _sources() -> pd.DataFrame:
    rows = [
        (f"source-{x}", f"Made-up source {x} (시험 자료)", "Test Press", "2020-01-01", f"https://example.org/{x}")
        for x in "abcd"
    ]
    return pd.DataFrame(rows, columns=["source_id", "title_or_description", "outlet", "date", "url"])


def study_tables() -> dict[str, pd.DataFrame]:
    """Return every table of the made-up study."""
    return {
        "ladder": _ladder(),
        "published": _published(),
        "classes": _classes(),
        "inference": _inference(),
        "parameters": _parameters(),
        "retention": _retention(),
        "origin_destination": _origin_destination(),
        "budget_paths": _budget_paths(),
        "budgets": _budgets(),
        "funding": _funding(),
        "winners": _winners(),
        "zero_sum": _zero_sum(),
        "card_fees": _card_fees(),
        "daily": _daily(),
        "observed_fit": _observed_fit(),
        "districts": _districts(),
        "assumptions": _assumptions(),
        "sources": _sources(),
    }


HEAD = {
    "titles": TITLES,
    "scopes": ["city", "gyeyang"],
    "is_own_money": True,
    "remarks": [{"ko": "시험 자료입니다.", "en": "Test data.", "in_brief": True}],
    "uncertain_budget": None,
    "parameters": "posterior",
    "institution": "시험 기관 <b>&",
    "author": None,
    "document_number": "시험-1",
    "date": "2020-07-01",
}
"""What a definition says of its reports."""


def study_record() -> dict[str, object]:
    """Return the made-up study's record."""
    return {
        "study": "made-up",
        "title_ko": "계양e음 2020: 예산 100원의 효과 (시험 자료)",
        "title_en": "Gyeyang e-eum 2020: what 100 won of budget does (test data)",
        "scale": 0.01,
        "start": "2020-01-01",
        "end": "2020-06-30",
        "seed": 1,
        "n_runs": 72,
        "package_version": "0.0.0",
        "data_hash": "0" * 64,
        "code_hash": "3" * 16,
        "python": "3.12.0",
        "policy_hashes": {name: "1" * 64 for v in WORLDS.values() for name in v.values()},
        "libraries": {"numpy": "2.0", "pandas": "3.0"},
        "variants": list(VARIANTS),
        "families": list(EVIDENCE),
        "worlds": WORLDS,
        "focus_district": "gyeyang",
        **HEAD,
        "result_hash": "2" * 64,
    }


def make_study(folder: Path) -> Path:
    """Write the made-up study into a folder; returns it."""
    (folder / "tables").mkdir(parents=True)
    for name, table in study_tables().items():
        table.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
    (folder / "study.json").write_text(json.dumps(study_record(), ensure_ascii=False), encoding="utf-8")
    seal_folder(folder, "study made-up")
    return folder
