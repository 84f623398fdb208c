"""The page on the record: every row of the evidence on policies, where it stands, how faithfully, and why."""

from collections.abc import Iterable

from eum.analysis.policy_history.register import (
    APPROXIMATE,
    EXACT,
    NOT,
    REGISTER_TABLES,
    Entry,
    counts,
    policies_of_entries,
    register,
)
from eum.city.data import CityData
from eum.engine.history import HISTORY
from eum.policy.model import Budget, Policy

_TITLES = {"policy_city": "The city's cashback", "policy_district": "Districts, Plus shops, policy money and the rest"}
_STATUS = {EXACT: "exact", APPROXIMATE: "**approximate**", NOT: "**not**"}
_INTRO = """# Coverage of the policy history

*The record of the e-eum card in policy files.*

Which row of the two tables on policies stands in which policy file, and how faithfully. *Exact* rows are held to the
file by a check that compares rates, tiers, places, sales of shops, days, funding, amounts and sources day by day;
*approximate* and *not* say why. `eum history coverage` writes this page from `data/policy_register.csv`, the tables and
the files; `eum history replay 2019-05-01 2019-12-31` runs any window of the whole (`incheon-history`).

정책 기록의 각 행이 어느 정책 파일에 얼마나 정확하게 반영되어 있는지 제시한다. exact(일치)인 행은 요율, 구간, 지역,
가맹점 매출, 기간, 재원, 금액, 출처를 일별로 비교하는 검사를 통과한 것이고, approximate(근사)와 not(미반영)인 행에는
그 사유를 적었다.
"""


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join([_line(head), _line("---" for _ in head), *map(_line, rows)])


def _won(krw: float) -> str:
    return f"{krw:,.0f}"


def _range(entry: Entry, low: str, high: str) -> str:
    lower, upper = entry.number(low), entry.number(high)
    above = f"above {_won(lower)}" if lower else ""
    return f"{above} {f'up to {_won(upper)}' if upper else ''}".strip()


def _what(entry: Entry) -> str:
    """Return in short what a row of the evidence says."""
    rate, rate_high = entry.number("rate_percent"), entry.number("rate_high_percent")
    rates = "" if rate is None else f"{rate:g}{'' if rate_high is None else f'-{rate_high:g}'} %"
    tier = _range(entry, "tier_low_krw", "tier_high_krw")
    sales = _range(entry, "merchant_sales_low_krw", "merchant_sales_high_krw")
    amount = entry.number("amount_krw")
    people = entry.text("amount_kind") == "member_target_persons"
    money = "" if amount is None else f"{_won(amount)} {'persons' if people else 'won'}"
    parts = (entry.text("programme").replace("_", " "), rates, tier and f"{tier} won a month", money)
    return ", ".join(part for part in (*parts, sales and f"shops {sales} won a year") if part)


def _rows(entries: list[Entry]) -> Iterable[tuple[str, ...]]:
    for e in entries:
        days = f"{e.start} to {e.evidence.get('end', 'open')}"
        where = f"`{e.policy}`: {', '.join(e.layers) or 'no layer, by what it leaves out'}" if e.policy else "-"
        until = f"to {e.until}" if e.until else ""
        why = " / ".join(part for part in (e.reason_en, e.reason_ko, until) if part)
        yield days, e.text("area").replace("_", " "), _what(e), _STATUS[e.status], where, why


def _pots(budget: Budget) -> Iterable[tuple[str, str, str]]:
    """Yield (money, source, note) for what a budget starts with and for what is added."""
    if budget.amount_krw or not budget.monthly_krw:
        yield f"{_won(budget.amount_krw)} won", budget.source, budget.note
    if budget.monthly_krw:
        since = f" from {budget.monthly_from}" if budget.monthly_from else ""
        yield f"{_won(budget.monthly_krw)} won a month{since}", "assumption", budget.note
    for more in budget.supplements:
        yield f"{_won(more.amount_krw)} won on {more.date}", more.source, more.note


def _budgets(policy: Policy) -> Iterable[tuple[str, ...]]:
    for budget in policy.budget:
        for money, source, note in _pots(budget):
            kind = "**assumption**" if source == "assumption" or budget.confidence == "J" else source
            yield f"`{budget.id}`", budget.payer, money, kind, note


def policy_record(package: CityData) -> str:
    """Return the page as Markdown."""
    entries = register(package)
    head = ("days", "area", "what the row says", "how", "policy file: layers", "why (English / 한국어)")
    number = counts(entries)
    shown = [
        (name, *(str(number.loc[name, s]) for s in number.columns), str(number.loc[name].sum()))
        for name in REGISTER_TABLES
    ]
    parts = [_INTRO, _table(("table", EXACT, APPROXIMATE, NOT, "rows"), shown)]
    for name in REGISTER_TABLES:
        parts += [f"\n## {_TITLES[name]}\n", _table(head, _rows([e for e in entries if e.table == name]))]
    pots = _budgets(policies_of_entries([e for e in entries if e.policy == HISTORY])[HISTORY])
    parts += [
        "\n## Budgets of the whole record\n",
        "Amounts that were never published are assumptions; the note says how they were set.\n",
        _table(("budget", "payer", "amount", "source", "note"), pots),
    ]
    return "\n".join(parts) + "\n"
