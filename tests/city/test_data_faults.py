"""A fault in a data package is told on one line: file, line, column, value, expectation."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eum.city.build import build_city
from eum.city.data import CityData, check_city, default_folder, load_city_data
from eum.city.validation import FACTS_NEEDED
from eum.errors import InputError

Edit = Callable[[list[list[str]]], object]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def rewrite(path: Path, edit: Edit) -> None:
    """Let `edit` change the rows of a file; row 0 is the header."""
    rows = rows_of(path)
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(rows)


def line_of(path: Path, *cells: str) -> int:
    """Return the line of the first row that holds all these cells."""
    return next(i for i, row in enumerate(rows_of(path), 1) if set(cells) <= set(row))


def put(path: Path, line: int, column: str, value: str) -> None:
    """Write one cell."""

    def edit(rows: list[list[str]]) -> None:
        rows[line - 1][rows[0].index(column)] = value

    rewrite(path, edit)


def refusal(folder: Path) -> str:
    """Return the message with which a package is refused; always one line."""
    with pytest.raises(InputError) as caught:
        load_city_data(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


# ---- one bad cell: (file, cells that find the row, column, what is written there, what is expected)

BAD_CELLS = [
    ("city_base", ("incheon", "mean_age"), "value", "forty-one", "a number"),
    ("city_base", ("incheon", "mean_age"), "value", "", "a number"),
    ("city_base", ("incheon", "mean_age"), "value", "inf", "a number"),
    ("city_base", ("incheon", "mean_age"), "value", "41,6", "a number"),
    ("city_base", ("incheon", "mean_age"), "year", "2019.5", "a whole number"),
    ("city_base", ("incheon", "mean_age"), "unit", "yers", "one of businesses, establishments"),
    ("city_base", ("seo", "population_14_plus"), "area", "gangnam", "one of jung, dong"),
    ("city_base", ("seo", "population_14_plus"), "value", "-480000", "a population of zero or more"),
    ("city_base", ("incheon", "hypermarkets"), "value", "-28", "a count of zero or more"),
    ("city_base", ("ganghwa", "outflow_share_iri"), "value", "122.86", "a percentage from 0 to 100"),
    (
        "city_base",
        ("incheon", "mean_age"),
        "source_id",
        "incheonilbo-1018441",
        "near it: incheonilbo-1018440",
    ),
    ("city_base", ("incheon", "mean_age"), "source_id", "dynews-20200221;nobody", "a source_id of"),
    ("city_base", ("incheon", "mean_age"), "source_id", "", "text"),
    ("city_base", ("incheon", "mean_age"), "confidence", "E", "one of A, B, C, D, J"),
    ("observed", ("card_yeonsu", "transactions"), "period_end", "2020-02-30", "a day like 2020-03-16"),
    ("observed", ("card_yeonsu", "transactions"), "period_end", "2020-2-9", "a day like 2020-03-16"),
    ("observed", ("card_yeonsu", "transactions"), "scope", "card_seoul", "one of incheon, jung"),
    ("policy_city", ("2020-01-01", "500000"), "rate_percent", "150", "100 or less"),
    ("policy_city", ("2020-01-01", "500000"), "rate_percent", "-4", "0 or more"),
    ("policy_district", ("gyeyang", "event_topup"), "tier_high_krw", "300000.5", "a whole number"),
    ("fees", ("2022-01-31", "eeum", "0.25"), "scheme", "cash", "one of credit_card, debit_card, eeum"),
    ("studies", ("baek-2023", "0.58"), "role", "fit", "one of accounting, calibrate, reference, validate"),
    ("priors", ("mpc_other",), "family", "casual", "one of common, survey, causal, iri2019"),
    ("priors", ("mpc_other",), "high90", "1.45", "a share from 0 to 1"),
    ("assumptions", ("spending_log_sd",), "value", "-0.7", "zero or more"),
    ("assumptions", ("ticket_mean_krw", "fuel"), "sector", "petrol", "one of restaurants_cafes"),
    ("assumptions", ("own_distance_km", "dong"), "area", "Dong", "one of jung, dong"),
    ("districts", ("gyeyang",), "latitude", "127.5", "39 or less"),
    ("sources", ("omn-1m4no",), "date", "in 2020", "text of the form"),
]


@pytest.mark.parametrize(("file", "cells", "column", "value", "expected"), BAD_CELLS)
def test_a_bad_cell_is_told_with_its_place(
    folder: Path, file: str, cells: tuple[str, ...], column: str, value: str, expected: str
) -> None:
    path = folder / f"{file}.csv"
    line = line_of(path, *cells)
    put(path, line, column, value)
    shown = value.rpartition(";")[2] or "(empty)"
    start = f"somewhere/{file}.csv: line {line}, column {column}: {shown}: expected "
    message = refusal(folder)
    assert message.startswith(start) and expected in message


ORDERS = [
    ("priors", ("mpc_other",), "low90", "0.3", "low90 up to central, which is 0.25"),
    ("priors", ("mpc_other",), "high90", "0.2", "central up to high90, which is 0.2"),
    ("assumptions", ("ticket_log_sd",), "low90", "0.9", "low90 up to value, which is 0.8"),
    ("observed", ("2019-08-16", "payments_cumulative"), "period_start", "2019-08-17", "period_start up to"),
    (
        "policy_city",
        ("2020-01-01", "500000", "300000"),
        "end",
        "2019-12-31",
        "start up to end, which is 2019",
    ),
    ("policy_city", ("2020-01-01", "500000", "300000"), "tier_high_krw", "200000", "tier_low_krw up to"),
]


@pytest.mark.parametrize(("file", "cells", "column", "value", "expected"), ORDERS)
def test_what_runs_backwards_is_refused(
    folder: Path, file: str, cells: tuple[str, ...], column: str, value: str, expected: str
) -> None:
    path = folder / f"{file}.csv"
    line = line_of(path, *cells)
    put(path, line, column, value)
    message = refusal(folder)
    assert message.startswith(f"somewhere/{file}.csv: line {line}, column ")
    assert expected in message


def test_a_key_given_twice_is_refused_with_both_lines(folder: Path) -> None:
    path = folder / "assumptions.csv"
    first = line_of(path, "spending_log_sd")
    rewrite(path, lambda rows: rows.append(list(rows[first - 1])))
    line = len(rows_of(path))
    assert refusal(folder) == (
        f"somewhere/assumptions.csv: line {line}, column parameter, area, sector, item: spending_log_sd: "
        f"expected a key not given before (line {first})"
    )


SHARES = [
    ("age_share", "20s"),
    ("spending_share", "fuel"),
    ("shop_share", "gyeyang"),
    ("plus_discount_share", "7"),
]


@pytest.mark.parametrize(("parameter", "key"), SHARES)
def test_shares_that_do_not_sum_to_one_are_refused(folder: Path, parameter: str, key: str) -> None:
    path = folder / "assumptions.csv"
    put(path, line_of(path, parameter, key), "value", "0.5")
    first = line_of(path, parameter)
    start = f"somewhere/assumptions.csv: line {first}, column value: sum 1."
    message = refusal(folder)
    assert message.startswith(start) and f": expected 1 as the sum of {parameter} (lines" in message


def test_shares_of_one_sector_over_items_sum_for_themselves(folder: Path) -> None:
    path = folder / "assumptions.csv"
    row = ["made_up", "", "fuel", "a", "0.4", "", "", "share_of_total", "J", "assumption", "", "run"]
    rewrite(path, lambda rows: rows.extend([row, [*row[:3], "b", "0.6", *row[5:]]]))
    load_city_data(folder)
    rewrite(path, lambda rows: rows.append([*row[:2], "other", *row[3:]]))
    assert "sum 0.4: expected 1 as the sum of made_up other" in refusal(folder)


def test_shares_of_payments_sum_to_one_in_every_family(folder: Path) -> None:
    path = folder / "priors.csv"
    put(path, line_of(path, "share_replaced", "survey"), "central", "0.3")
    assert "sum 1.065: expected 1 as the sum of share_* of family survey" in refusal(folder)


def test_districts_that_do_not_sum_to_the_city_are_refused(folder: Path) -> None:
    path = folder / "city_base.csv"
    put(path, line_of(path, "gyeyang", "population_dec2019_estimate"), "value", "303401")
    assert "sum 2,957,027: expected 2,957,026 as the sum of population_dec2019_estimate" in refusal(folder)


def test_two_districts_on_one_tile_are_refused(folder: Path) -> None:
    path = folder / "districts.csv"
    other = rows_of(path)[1]
    for column, value in zip(("tile_row", "tile_column"), other[5:7], strict=True):
        put(path, 3, column, value)
    assert "line 3, column tile_row, tile_column" in refusal(folder)


def test_further_faults_are_counted(folder: Path) -> None:
    for line in (2, 3, 4):
        put(folder / "fees.csv", line, "fee_percent", "free")
    message = refusal(folder)
    assert message.startswith("somewhere/fees.csv: line 2, column fee_percent: free: expected a number")
    assert message.endswith("(and 2 more)")


# ---- files and headers


def test_an_unknown_column_is_named(folder: Path) -> None:
    rewrite(folder / "fees.csv", lambda rows: rows[0].append("remark"))
    assert refusal(folder).startswith(
        "somewhere/fees.csv: line 1, column remark: unknown column: expected one of start"
    )


def test_a_missing_column_is_named(folder: Path) -> None:
    rewrite(folder / "fees.csv", lambda rows: [row.pop(1) for row in rows])
    assert refusal(folder).startswith("somewhere/fees.csv: line 1, column end: missing column: expected the columns")


def test_columns_in_another_order_are_refused(folder: Path) -> None:
    rewrite(folder / "fees.csv", lambda rows: rows.__setitem__(slice(None), [row[::-1] for row in rows]))
    assert "other order of columns" in refusal(folder)


def test_a_row_with_a_stray_comma_is_named_by_its_line(folder: Path) -> None:
    rewrite(folder / "fees.csv", lambda rows: rows[4].append("stray"))
    assert refusal(folder) == "somewhere/fees.csv: line 5: 10 cells: expected 9 cells"


def test_lines_are_counted_past_empty_lines_and_breaks_inside_cells(folder: Path) -> None:
    path = folder / "fees.csv"
    put(path, 2, "note", "two\nlines")
    put(path, 4, "fee_percent", "free")
    text = path.read_text(encoding="utf-8").replace(
        "\n2018-06-15,2018-12-31,eeum,300", "\n\n2018-06-15,2018-12-31,eeum,300"
    )
    path.write_text(text, encoding="utf-8")
    assert "fees.csv: line 6, column fee_percent: free" in refusal(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "fees.csv").unlink()
    assert refusal(folder).startswith("somewhere/fees.csv: No such file or directory: expected")


def test_a_missing_folder_and_descriptor_are_named(folder: Path) -> None:
    (folder / "datapackage.json").unlink()
    assert refusal(folder).startswith("somewhere/datapackage.json: No such file")
    assert "no such folder" in refusal(folder / "nowhere")
    assert check_city(folder / "nowhere")[0].endswith("expected a folder with datapackage.json")


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b"\xff\xfe", b'{"resources": [{"name": "a"}]}'])
def test_a_descriptor_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    (folder / "datapackage.json").write_bytes(content)
    assert refusal(folder).startswith("somewhere/datapackage.json: ")


def test_a_file_in_another_encoding_is_refused(folder: Path) -> None:
    path = folder / "districts.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp949"))
    assert refusal(folder).startswith("somewhere/districts.csv: not UTF-8: expected text in UTF-8")


def test_a_file_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(folder: Path) -> None:
    path = folder / "districts.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    load_city_data(folder)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_refused(folder: Path, content: str) -> None:
    (folder / "fees.csv").write_text(content)
    assert refusal(folder).startswith("somewhere/fees.csv: line 1: empty file: expected a header line")


def edit_descriptor(folder: Path, edit: Callable[[dict], object]) -> None:
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    edit(descriptor)
    path.write_text(json.dumps(descriptor), encoding="utf-8")


def test_a_misspelt_limit_in_the_descriptor_is_not_ignored(folder: Path) -> None:
    edit_descriptor(folder, lambda d: d["resources"][0]["schema"]["fields"][0]["constraints"].update(minimun=0))
    assert "constraints.minimun: expected a data package" in refusal(folder)


def test_a_table_outside_the_folder_is_refused(folder: Path) -> None:
    edit_descriptor(folder, lambda d: d["resources"][0].update(path="../sources.csv"))
    assert "resources.0.path" in refusal(folder)


# ---- what a city lacks


def test_the_city_that_comes_with_eum_lacks_nothing() -> None:
    assert check_city(default_folder()) == []


def test_check_city_tells_everything_at_once(folder: Path) -> None:
    edit_descriptor(
        folder,
        lambda d: d["resources"].pop(next(i for i, r in enumerate(d["resources"]) if r["name"] == "fees")),
    )
    rewrite(folder / "assumptions.csv", lambda rows: rows.remove(next(r for r in rows if r[0] == "habit_share")))
    rewrite(folder / "priors.csv", lambda rows: rows.remove(next(r for r in rows if r[0] == "mpc_other")))
    rewrite(
        folder / "city_base.csv",
        lambda rows: rows.remove(next(r for r in rows if r[1] == "population_14_plus")),
    )
    put(folder / "observed.csv", 2, "value", "many")
    row = "expected a row with this key"
    assert check_city(folder) == [
        "somewhere/datapackage.json: column resources: fees: expected a table of this name",
        "somewhere/observed.csv: line 2, column value: many: expected a number",
        f"somewhere/assumptions.csv: column parameter, area, sector, item: habit_share: {row}",
        f"somewhere/priors.csv: column parameter, family: mpc_other causal: {row}",
        f"somewhere/city_base.csv: column area, metric, year: incheon population_14_plus 2020: {row}",
    ]


def test_the_facts_called_needed_are_those_the_city_reads(package: CityData, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = set()
    fact = CityData.fact

    def listen(self: CityData, area: str, metric: str, year: int | None = None) -> float:
        asked.add((area, metric, year))
        return fact(self, area, metric, year)

    monkeypatch.setattr(CityData, "fact", listen)
    build_city(package, 0.001, 1)
    assert asked <= set(FACTS_NEEDED)
