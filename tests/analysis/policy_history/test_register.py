"""Every row of the record is registered once, and a row called exact is what its policy file promises."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from eum.analysis.policy_history.fidelity import View, inexact, policy_differences, rate_bp
from eum.analysis.policy_history.register import (
    EXACT,
    NOT,
    Entry,
    counts,
    evidence_rows,
    misstated,
    policies_of_entries,
    register,
    unregistered,
)
from eum.city.data import CityData, load_city_data
from eum.dimensions import DISTRICTS
from eum.errors import InputError
from eum.output.evidence_pages.policy_record import policy_record
from eum.policy.model import Policy

COMPARED = ("rate_percent", "rate_high_percent", "tier_high_krw", "funding_national_pct", "amount_krw")
"""Numbers of the evidence that a check must notice when they change."""


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def entries(package: CityData) -> list[Entry]:
    return register(package)


@pytest.fixture(scope="module")
def policies(entries: list[Entry]) -> dict[str, Policy]:
    return policies_of_entries(entries)


@pytest.fixture(scope="module")
def views(entries: list[Entry], policies: dict[str, Policy]) -> dict[str, View]:
    return {name: View(policy, entries) for name, policy in policies.items()}


def test_every_row_of_both_tables_is_registered_exactly_once(package: CityData, entries: list[Entry]) -> None:
    assert unregistered(package) == []
    names = [(e.table, e.row) for e in entries]
    assert len(names) == len(set(names)) == len(evidence_rows(package))
    assert len(names) == len(package.table("policy_city")) + len(package.table("policy_district"))


def test_the_register_names_layers_that_exist_and_gives_reasons(
    entries: list[Entry], policies: dict[str, Policy]
) -> None:
    assert misstated(entries, policies) == []


def test_a_row_called_exact_is_promised_exactly(entries: list[Entry], policies: dict[str, Policy]) -> None:
    assert inexact(entries, policies) == []


def test_the_page_shows_the_register_as_it_is(package: CityData, repository: Path) -> None:
    page = (repository / "docs" / "policy-record.md").read_text(encoding="utf-8")
    assert page == policy_record(package), "write it anew: eum history coverage"


def test_every_row_is_counted(entries: list[Entry]) -> None:
    table = counts(entries)
    assert int(table.to_numpy().sum()) == len(entries)
    assert table[EXACT].sum() > table[NOT].sum()


# ---- the check notices what is wrong


def changed(entry: Entry, **values: object) -> Entry:
    return entry._replace(evidence={**entry.evidence, **values})


def with_other_numbers(entry: Entry) -> Iterator[tuple[str, Entry]]:
    for column in COMPARED:
        number = entry.number(column)
        if number is not None and entry.text("programme") not in ("rule", "suspension"):
            yield column, changed(entry, **{column: number + (1 if number < 100 else 10_000)})


def test_another_number_in_any_exact_row_is_noticed(entries: list[Entry], views: dict[str, View]) -> None:
    seen = 0
    for entry in (e for e in entries if e.status == EXACT):
        for column, other in with_other_numbers(entry):
            # What a tier of zero ends at cannot be told from what follows it.
            if column == "tier_high_krw" and entry.number("rate_percent") == 0:
                continue
            assert policy_differences(other, views[entry.policy]), (entry.row, column)
            seen += 1
    assert seen > 100


def test_another_first_day_of_a_row_with_a_layer_is_noticed(entries: list[Entry], views: dict[str, View]) -> None:
    for entry in (e for e in entries if e.status == EXACT and e.layers and e.text("programme") != "budget"):
        view = views[entry.policy]
        later = datetime.date.fromisoformat(entry.start) + datetime.timedelta(days=1)
        other = changed(entry, start=later.isoformat())
        view.entries = [other if e.layers == entry.layers else e for e in entries if e.policy == entry.policy]
        assert policy_differences(other, view), entry.row
        view.entries = [e for e in entries if e.policy == entry.policy]


def test_another_source_or_payer_is_noticed(entries: list[Entry], views: dict[str, View]) -> None:
    for entry in (e for e in entries if e.status == EXACT and e.layers):
        assert policy_differences(changed(entry, source_id="somebody"), views[entry.policy]), entry.row
        if entry.text("programme") == "budget":
            other = next(area for area in ("incheon", *DISTRICTS) if area != entry.text("area"))
            assert policy_differences(changed(entry, area=other), views[entry.policy]), entry.row


def test_a_suspension_a_missing_help_and_a_programme_of_nobody_are_noticed(
    entries: list[Entry], views: dict[str, View]
) -> None:
    def one(programme: str) -> Entry:
        return next(e for e in entries if e.text("programme") == programme and e.status == EXACT)

    wrong = [
        changed(one("suspension"), start="2019-07-30"),
        one("merchant_benefit")._replace(detail=("taxis",)),
        one("merchant_benefit")._replace(detail=()),
        changed(one("none"), area="seo"),
        changed(one("rule"), start="2019-12-01"),
        changed(one("fee_support"), merchant_sales_high_krw=300_000_000.0),
        changed(one("topup"), programme="target"),
    ]
    for entry in wrong:
        assert policy_differences(entry, views[entry.policy]), entry.row


def test_a_register_of_rows_that_nobody_wrote_is_refused(package: CityData) -> None:
    lines = package.table("policy_register").copy()
    lines.loc[0, "row"] = "1999-01-01 incheon 0 all"
    with pytest.raises(
        InputError, match=r"policy_register\.csv: 1999-01-01 incheon 0 all: expected a row of policy_city"
    ):
        register(CityData(package.folder, package.hash, {**package.tables, "policy_register": lines}))


def test_a_reason_is_reported_in_both_languages_or_not_at_all(
    entries: list[Entry], policies: dict[str, Policy]
) -> None:
    told = next(e for e in entries if e.status == NOT)
    exact = next(e for e in entries if e.status == EXACT and e.layers)
    wrong = [told._replace(reason_ko=""), exact._replace(reason_en="why"), exact._replace(layers=("nobody",))]
    for entry in wrong:
        assert misstated([entry], policies)


def test_a_rate_is_read_between_the_bounds_of_its_tier(views: dict[str, View]) -> None:
    t = views["incheon-history"].terms(datetime.date(2020, 1, 15))
    row = t.schedule[0, 0]
    rates = [rate_bp(t.tier_low_krw[row], t.tier_high_krw[row], t.tier_bp[row], krw)
             for krw in (0, 299_999, 300_000, 499_999, 999_999, 1_000_000)]  # fmt: skip
    assert rates == [400, 400, 200, 200, 100, 0]
