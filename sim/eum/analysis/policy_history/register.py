"""The register of the record: which row of the evidence stands in which policy file, and how faithfully.

A row is named by what tells it apart: in policy_city its start, area and the lower bounds of its tier and of the
shops' sales; in policy_district its start, area, programme and number among those. Rows called exact are held to the
policy file in `exactness.py`.
"""

from collections import Counter
from typing import NamedTuple

import pandas as pd

from eum.city.data import CityData
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import Policy

REGISTER_TABLES = ("policy_city", "policy_district")
"""The two tables of the evidence on policies."""

EXACT, APPROXIMATE, NOT = "exact", "approximate", "not"


class Entry(NamedTuple):
    """One row of the register with the row of the evidence that it is about."""

    table: str
    row: str
    policy: str
    """Policy file that represents it, "" for none."""
    layers: tuple[str, ...]
    """Ids of its layers or budgets."""
    status: str
    until: str
    """Last day on which a row without an end rules (a later row takes its place, or its money ends), ISO, or ""."""
    detail: tuple[str, ...]
    reason_en: str
    reason_ko: str
    evidence: dict[str, object]
    """The row of the evidence; what is empty is left out."""

    @property
    def start(self) -> str:
        """First day of the row, ISO."""
        return str(self.evidence["start"])

    @property
    def end(self) -> str:
        """Last day on which it rules, ISO, or "" for none."""
        return self.until or str(self.evidence.get("end", ""))

    def number(self, column: str) -> float | None:
        """Return a number of the evidence, None where it is empty."""
        value = self.evidence.get(column)
        return None if value is None else float(str(value))

    def text(self, column: str) -> str:
        """Return a text of the evidence."""
        return str(self.evidence.get(column, ""))


def _filled(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if value != "" and value == value}


def _whole(value: object) -> str:
    return f"{float(str(value)):.0f}"


def evidence_rows(package: CityData) -> dict[tuple[str, str], dict[str, object]]:
    """Return the rows of the evidence by (table, name of the row), in the order of the files."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for full in package.table("policy_city").to_dict("records"):
        row = _filled({str(key): value for key, value in full.items()})
        sales = _whole(row["merchant_sales_low_krw"]) if "merchant_sales_low_krw" in row else "all"
        found["policy_city", f"{row['start']} {row['area']} {_whole(row['tier_low_krw'])} {sales}"] = row
    seen: Counter[str] = Counter()
    for full in package.table("policy_district").to_dict("records"):
        row = _filled({str(key): value for key, value in full.items()})
        name = f"{row['start']} {row['area']} {row['programme']}"
        seen[name] += 1
        found["policy_district", f"{name} {seen[name]}"] = row
    return found


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


_TOLD = ("policy", "status", "until", "reason_en", "reason_ko")


def _text(value: object) -> str:
    return "" if value != value else str(value)


def register(package: CityData) -> list[Entry]:
    """Return the register with the rows of the evidence beside it. Raises InputError for a row that is not there."""
    rows = evidence_rows(package)
    entries = []
    for _, line in package.table("policy_register").iterrows():
        key = (str(line["table"]), str(line["row"]))
        if key not in rows:
            raise InputError(f"data/policy_register.csv: {key[1]}: expected a row of {key[0]}.csv by its name")
        policy, status, until, *reasons = (_text(line[k]) for k in _TOLD)
        layers, detail = _split(line["layers"]), _split(line["detail"])
        entries.append(Entry(*key, policy, layers, status, until, detail, reasons[0], reasons[1], rows[key]))
    return entries


def unregistered(package: CityData) -> list[tuple[str, str]]:
    """Return the rows of the evidence that the register leaves out."""
    table = package.table("policy_register")
    return sorted(set(evidence_rows(package)) - set(zip(table["table"], table["row"], strict=True)))


def policies_of_entries(entries: list[Entry]) -> dict[str, Policy]:
    """Return the policies that the register names."""
    return {name: load_policy(name) for name in sorted({e.policy for e in entries if e.policy})}


def ids_of(policy: Policy) -> set[str]:
    """Return the ids of all layers and budgets of a policy."""
    kinds = (policy.city, policy.top_up, policy.plus, policy.fee_support, policy.grant, policy.budget)
    return {str(layer.id) for kind in kinds for layer in kind if layer.id is not None}


def misstated(entries: list[Entry], policies: dict[str, Policy]) -> list[str]:
    """Return what the register says wrongly of itself: names that no file has, reasons that are missing."""
    found = []
    for e in entries:
        unknown = [id for id in e.layers if e.policy == "" or id not in ids_of(policies[e.policy])]
        found += [f"{e.row}: layers: {id}: expected the id of a layer or budget of the policy" for id in unknown]
        if (e.status == EXACT) == bool(e.reason_en) or bool(e.reason_en) != bool(e.reason_ko):
            found.append(f"{e.row}: expected a reason in both languages where a row is not exact, and none where it is")
        if (e.status == NOT) == bool(e.policy):
            found.append(f"{e.row}: expected a policy file unless the row is not represented")
    return found


def counts(entries: list[Entry]) -> pd.DataFrame:
    """Return how many rows of each table are exact, approximate and not represented."""
    table = pd.DataFrame([(e.table, e.status) for e in entries], columns=["table", "status"])
    return (
        table.value_counts()
        .unstack(fill_value=0)
        .reindex(index=list(REGISTER_TABLES), columns=[EXACT, APPROXIMATE, NOT])
    )
