"""The data package answers by name, and its rows are what the project says they are."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from eum.city import schema
from eum.city.data import CityData, Prior, data_from, default_folder, load_city_data
from eum.dimensions import AGE_BANDS, DISTRICTS, EVIDENCE, ORIGINS, SALES_BANDS, SECTORS
from eum.errors import InputError


def test_facts_are_found_by_area_metric_and_year(package: CityData) -> None:
    assert package.fact("incheon", "outflow_share_iri", 2018) == 50.92
    assert package.fact("ganghwa", "outflow_share_iri") == 22.86


def test_a_fact_of_several_years_wants_a_year(package: CityData) -> None:
    with pytest.raises(InputError, match="expected one of the years 2014, 2015, 2016, 2017, 2018"):
        package.fact("incheon", "outflow_share_iri")


def test_assumptions_are_found_by_their_keys(package: CityData) -> None:
    assert package.assumption("own_distance_km", area="dong") == 1.5
    assert list(package.assumptions("age_share")["item"]) == list(AGE_BANDS)
    assert set(package.assumptions("shop_share")["area"]) == set(DISTRICTS)
    assert list(package.assumptions("shop_band_share")["item"]) == list(SALES_BANDS)


def test_a_prior_belongs_to_one_family_and_never_falls_back(package: CityData) -> None:
    assert package.prior("share_retained", "iri2019") == Prior(0.0607, 0.0589, 0.0615, "share_of_payments")
    assert package.prior("rho_cashback").central != package.prior("rho_cashback", "iri2019").central
    with pytest.raises(InputError, match=r"data/priors.csv: mpc_other common: .*near it: mpc_other causal"):
        package.prior("mpc_other")


def test_an_assumption_has_its_range_and_without_one_its_value_alone(package: CityData) -> None:
    assert package.range_of("spending_log_sd") == Prior(0.9, 0.75, 1.05, "ln")
    first = package.assumptions("age_share").iloc[0]
    assert package.range_of("age_share") == Prior(first["value"], first["value"], first["value"], first["unit"])


@pytest.mark.parametrize(
    ("date", "percent"),
    [("2022-01-30", 0.8), ("2022-01-31", 0.5), ("2025-02-13", 0.5), ("2025-02-14", 0.4), ("2040-01-01", 0.4)],
)
def test_a_fee_holds_from_its_first_day_to_its_last(package: CityData, date: str, percent: float) -> None:
    assert package.fees_percent(date)[3e8, "credit_card"] == percent


def test_no_fee_was_printed_before_the_first(package: CityData) -> None:
    assert package.fees_percent("2018-06-14") == {}


def test_observations_stand_by_trust_and_then_as_in_the_file(package: CityData) -> None:
    found, rows = package.observations("subscribers", "incheon"), package.table("observed")
    here = rows[(rows["metric"] == "subscribers") & (rows["scope"] == "incheon")]
    assert not here["confidence"].is_monotonic_increasing
    pd.testing.assert_frame_equal(found, here.sort_values("confidence", kind="stable"))
    assert package.observations("subscribers", "gyeyang").empty


def test_of_contradicting_observations_the_most_trusted_counts(package: CityData) -> None:
    june = package.observations("share_users_up_to_1m", "incheon")
    assert list(june["confidence"]) == ["A", "C"]
    assert package.observed("share_users_up_to_1m", "incheon", "2019-05-01", "2019-06-30") == 95.11
    contested = package.conflicts("observed").query("metric == 'payments' and period_start == '2020-03-01'")
    assert sorted(contested["value"] / 1e9) == [183.3, 186.3, 188.3]


MISSING: list[tuple[Callable[[CityData], object], str]] = [
    (lambda p: p.fact("incheon", "outflow_share_iry", 2018), "city_base.csv: incheon outflow_share_iry 2018"),
    (lambda p: p.assumption("habit_shares"), "assumptions.csv: habit_shares"),
    (lambda p: p.assumption("age_share", item="20"), "assumptions.csv: age_share 20"),
    (lambda p: p.assumptions("age_shares"), "assumptions.csv: age_shares"),
    (lambda p: p.range_of("age_shares"), "assumptions.csv: age_shares"),
    (
        lambda p: p.observed("payments", "incheon", "2020-03-01", "2020-03-30"),
        "observed.csv: payments incheon",
    ),
    (lambda p: p.sources_of("dynews-20200222"), "sources.csv: dynews-20200222"),
]


@pytest.mark.parametrize(("ask", "start"), MISSING)
def test_what_is_not_there_is_refused_with_what_is_near(package: CityData, ask: Callable, start: str) -> None:
    with pytest.raises(InputError) as caught:
        ask(package)
    message = str(caught.value)
    assert message.startswith(f"data/{start}") and "; near it: " in message and "\n" not in message


def test_an_unknown_table_is_refused(package: CityData) -> None:
    with pytest.raises(InputError, match="expected one of the tables sources, districts"):
        package.table("city")


def test_sources_keep_the_order_of_the_cell(package: CityData) -> None:
    found = package.sources_of("omn-1m4no;dynews-20200221")
    assert [source.source_id for source in found] == ["omn-1m4no", "dynews-20200221"]
    assert found[1].date == "2020-02-21"


def test_a_table_taken_and_changed_leaves_the_package_alone(package: CityData) -> None:
    table = package.table("fees")
    table["fee_percent"] = 99.0
    assert package.table("fees")["fee_percent"].max() < 99


def test_missing_text_is_empty_and_missing_days_and_numbers_are_not_a_number(package: CityData) -> None:
    fees = package.table("fees")
    assert fees["end"].isna().any() and fees["fee_percent"].isna().any()
    assert all(table[column].notna().all() for table in package.tables.values() for column in table if column == "note")
    assert package.table("city_base")["year"].dtype == "int64"


# ---- identity


def test_the_hash_moves_with_every_file_and_only_with_content(folder: Path) -> None:
    before = load_city_data(folder).hash
    assert before == load_city_data().hash
    for file in ("fees.csv", "datapackage.json"):
        (folder / file).write_bytes((folder / file).read_bytes() + b"\n")
        after = load_city_data(folder).hash
        assert after != before
        before = after
    (folder / "README.md").write_text("other words")
    assert load_city_data(folder).hash == before


def test_the_same_bytes_are_checked_once_and_changed_ones_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(schema, "_key_findings", lambda table: checked.append(table.file) or [])
    first = load_city_data(folder)
    assert len(checked) == len(first.tables)
    again = load_city_data(folder)
    assert len(checked) == len(first.tables)
    assert again.hash == first.hash
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)
    fees = folder / "fees.csv"
    fees.write_text(fees.read_text(encoding="utf-8").replace("2019-", "2018-", 1), encoding="utf-8")
    load_city_data(folder)
    assert len(checked) == 2 * len(first.tables)


def test_kept_tables_that_were_damaged_are_read_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path / "cache"))
    first = load_city_data(folder)
    (kept,) = (tmp_path / "cache" / "checked").iterdir()
    file = kept / "fees.arrow"
    whole = file.read_bytes()
    at = whole.index(b"yonhap")
    for damaged in (b"", b"x", whole[:1000], whole[:at] + b"Y" + whole[at + 1 :]):
        file.write_bytes(damaged)
        again = load_city_data(folder)
        assert file.read_bytes() == whole
        for name, table in first.tables.items():
            pd.testing.assert_frame_equal(again.tables[name], table)


def test_kept_tables_that_stand_under_the_name_of_others_are_not_taken(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path / "cache"))
    load_city_data(folder)
    (kept,) = (tmp_path / "cache" / "checked").iterdir()
    kept.rename(kept.with_name("other"))
    fees = folder / "fees.csv"
    fees.write_text(fees.read_text(encoding="utf-8").replace("2019-", "2018-", 1), encoding="utf-8")
    changed = load_city_data(folder)
    (mine,) = (path for path in kept.parent.iterdir() if path.name not in ("other", kept.name))
    shutil.rmtree(mine)
    (kept.parent / "other").rename(mine)
    again = load_city_data(folder)
    pd.testing.assert_frame_equal(again.table("fees"), changed.table("fees"))


def test_data_that_passed_are_refused_once_they_are_wrong(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path / "cache"))
    load_city_data(folder)
    priors = folder / "priors.csv"
    priors.write_text(priors.read_text(encoding="utf-8").replace(",causal,", ",casual,", 1), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(InputError, match=r"priors\.csv: line .*casual"):
            load_city_data(folder)


def test_data_of_another_folder_are_read_until_they_are_not_and_faults_are_told_before(folder: Path) -> None:
    shipped = load_city_data()
    with data_from(folder):
        assert load_city_data().folder == default_folder() == folder
    assert load_city_data().folder == shipped.folder
    priors = folder / "priors.csv"
    priors.write_text(priors.read_text(encoding="utf-8").replace(",causal,", ",casual,", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"priors\.csv: line .*casual"), data_from(folder):
        raise AssertionError("not reached")
    assert load_city_data().folder == shipped.folder


def test_loading_is_quick(package: CityData) -> None:
    start = time.perf_counter()
    load_city_data()
    assert time.perf_counter() - start < 5  # about 0.3 s; the bound is loose for busy machines


# ---- the rows themselves


def test_the_descriptor_satisfies_the_standard() -> None:
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.validate(str(default_folder() / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])


def test_the_descriptor_lists_the_words_of_the_model() -> None:
    descriptor = json.loads((default_folder() / "datapackage.json").read_text(encoding="utf-8"))
    words = {
        (resource["name"], field["name"]): field.get("constraints", {}).get("enum", [])
        for resource in descriptor["resources"]
        for field in resource["schema"]["fields"]
    }
    assert tuple(words["districts", "area"]) == DISTRICTS
    assert tuple(words["assumptions", "sector"]) == SECTORS
    assert tuple(words["assumptions", "area"]) == (*ORIGINS, "incheon")
    assert tuple(words["priors", "family"]) == ("common", *EVIDENCE)


def test_every_row_says_where_it_comes_from_and_how_sure_it_is(package: CityData) -> None:
    # The register, the programmes elsewhere, fitted parameters and their draws hold no facts: rows elsewhere say it.
    # Groups of trades are a way of summing.
    for name, table in package.tables.items():
        if name not in ("sources", "policy_register", "transfer", "fit_parameters", "posterior", "trade_groups"):
            assert (table["confidence"] != "").all(), name
            assert (table["basis" if name == "priors" else "source_id"] != "").all(), name


def test_an_assumption_without_a_source_gives_its_reason(package: CityData) -> None:
    rows = package.table("assumptions").query("source_id == 'assumption'")
    assert len(rows) and (rows["note"] != "").all()


@pytest.mark.parametrize("parameter", ["weekday_factor", "month_factor", "card_affinity"])
def test_factors_have_mean_one(package: CityData, parameter: str) -> None:
    assert package.assumptions(parameter)["value"].mean() == pytest.approx(1, abs=1e-6)


def test_plus_shops_of_the_districts_sum_to_the_published_total(package: CityData) -> None:
    published = package.observed("plus_merchants", "incheon", "2020-02-02", "2020-02-02")
    assert package.assumptions("plus_shops_initial")["value"].sum() == published


def test_published_components_of_the_2_9_are_unchanged(package: CityData) -> None:
    rows = package.table("studies").query("study.str.startswith('Incheon Institute 2019') and unit == 'krw_bn'")
    assert {591.7, 41.9, 35.9, 63.4, 24.0, 99.3, 120.1} <= set(rows["value"])
