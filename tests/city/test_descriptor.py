"""A descriptor that does not fit its own tables, or those of the model, is told on one line; so is a spreadsheet."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eum.analysis.experiments.ready import load_study
from eum.analysis.experiments.study import ensemble_of
from eum.city.data import check_city, data_from, load_city_data
from eum.verify.verify import record_check

Edit = Callable[[dict[str, Any]], object]


def edited(folder: Path, table: str, edit: Edit) -> list[str]:
    """Return what is wrong once the entry of a table in the descriptor is edited."""
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    edit(next(r for r in descriptor["resources"] if r["name"] == table))
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    return check_city(folder)


def column(resource: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the entry of a column."""
    found: dict[str, Any] = next(field for field in resource["schema"]["fields"] if field["name"] == name)
    return found


REFERENCE = {"resource": "sources", "field": "nope", "separator": ";"}
RULE = {"when": {"nope": "x"}, "fields": ["value"], "minimum": 0, "expected": "some"}
BAD: list[tuple[str, Edit, str]] = [
    ("observed", lambda r: r["schema"].update(primaryKey=["nope"]), "primaryKey: 'nope': expected one of the columns"),
    ("observed", lambda r: r["schema"].update(ascending=[["nope"]]), "ascending: 'nope': expected one of the columns"),
    ("observed", lambda r: r["schema"].update(ascending=[["value", "scope"]]), "expected columns that can be compared"),
    ("observed", lambda r: r["schema"].update(rowRules=[RULE]), "rowRules.when: 'nope': expected one of the columns"),
    ("observed", lambda r: r["schema"].update(rowRules=[{**RULE, "when": {"value": "1"}}]), "'value' is a number"),
    ("observed", lambda r: r["schema"].update(rowRules=[{**RULE, "when": {"scope": "["}}]), "no regular expression"),
    ("observed", lambda r: column(r, "scope")["constraints"].update(pattern="["), "'[': no regular expression"),
    ("observed", lambda r: column(r, "scope").setdefault("constraints", {}).update(minimum=1), "'scope' is a string"),
    ("observed", lambda r: column(r, "scope").update(references=REFERENCE), "observed.scope.references: 'nope'"),
    ("observed", lambda r: r["schema"]["fields"].append(column(r, "scope")), "a name stands twice"),
    ("observed", lambda r: r.update(name="sources"), "a name stands twice; expected each table once"),
]


@pytest.mark.parametrize(("table", "edit", "message"), BAD, ids=[message for _, _, message in BAD])
def test_what_names_nothing_or_cannot_be_compared_is_refused(
    table: str, edit: Edit, message: str, folder: Path
) -> None:
    (told,) = edited(folder, table, edit)
    assert re.match(r"somewhere/datapackage\.json: .*: expected a data package: ", told) and message in told


def test_a_key_of_one_column_may_be_a_text_as_in_the_standard(folder: Path) -> None:
    assert edited(folder, "sources", lambda r: r["schema"].update(primaryKey="source_id")) == []


def test_a_column_that_the_model_reads_is_missed(folder: Path) -> None:
    def without_unit(resource: dict[str, Any]) -> None:
        resource["schema"]["fields"].remove(column(resource, "unit"))
        resource["schema"].pop("rowRules")

    told = edited(folder, "priors", without_unit)
    assert "priors.unit: expected a column of this name and of type string" in told[0]


def test_a_number_that_became_a_text_is_reported(folder: Path) -> None:
    def as_text(resource: dict[str, Any]) -> None:
        column(resource, "value").update(type="string", constraints={})
        resource["schema"].update(rowRules=[], ascending=[])

    told = edited(folder, "assumptions", as_text)
    assert "assumptions.value: expected a column of this name and of type number" in told[0]


def test_what_a_spreadsheet_leaves_behind_is_no_fault(folder: Path) -> None:
    before = load_city_data(folder).tables["districts"]
    path = folder / "districts.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    width = lines[0].count(",") + 1
    path.write_text("\n".join([*(f"{line},," for line in lines), "," * (width + 1)]) + "\n", encoding="utf-8")
    assert check_city(folder) == [] and load_city_data(folder).tables["districts"].equals(before)


@pytest.mark.parametrize("content", [b"PK\x03\x04 and more", "구,인구".encode("cp949"), "구,인구".encode("utf-16")])
def test_a_workbook_or_another_encoding_is_told_how_to_be_saved(content: bytes, folder: Path) -> None:
    (folder / "districts.csv").write_bytes(content)
    (told,) = [line for line in check_city(folder) if "districts.csv" in line and "save as" in line]
    assert told.endswith("(in a spreadsheet: save as CSV UTF-8)")


def test_a_study_on_other_data_is_verified_with_them_and_the_option_is_named_without(folder: Path) -> None:
    priors = folder / "priors.csv"
    priors.write_text(priors.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding="utf-8", newline="")
    study = load_study("gyeyang-2020")
    with data_from(folder):
        theirs = ensemble_of(study, load_city_data(), 1)
        record = {"data_hash": theirs.package.hash}
        assert not [f for f in record_check(record, theirs).differences if f.where == "study.json, data_hash"]
    check = record_check(record, ensemble_of(study, load_city_data(), 1))
    assert [f for f in check.differences if f.where == "study.json, data_hash"]
    assert check.notes[-1].endswith("--data FOLDER names the folder of its data")
