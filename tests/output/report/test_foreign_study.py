"""A study folder from elsewhere: its names become files, drawings and pages only where they are names."""

import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eum.artifacts import seal_folder
from eum.errors import InputError
from eum.output.report import pdf
from eum.output.report.render_figure import rendered_svg
from eum.output.report.study_reader import read_study

HOSTILE = ('x"); #read("secret.txt")', "<img src=x onerror=alert(1)>", "../../outside", "a b", "a\nb")


@pytest.fixture
def study(study_folder: Path, tmp_path: Path) -> Path:
    """Return a study of its own to break."""
    return Path(shutil.copytree(study_folder, tmp_path / "study"))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(("table", "column"), [("budget_paths", "budget"), ("budgets", "payer"), ("ladder", "scope")])
def test_a_name_in_a_table_that_is_none_is_refused(
    study: Path, made_up: ModuleType, table: str, column: str, name: str
) -> None:
    rows = made_up.study_tables()[table]
    rows.loc[rows.index[-1], column] = name
    rows.to_parquet(study / "tables" / f"{table}.parquet")
    seal_folder(study, "a study from elsewhere")
    with pytest.raises(InputError) as raised:
        read_study(study)
    told = str(raised.value)
    assert f"{table}.parquet: column '{column}': " in told and told.endswith("expected letters, digits, _, - and .")


@pytest.mark.parametrize("key", ["study", "variants", "families", "scopes", "focus_district", "worlds"])
def test_a_name_in_the_record_that_is_none_is_refused(study: Path, key: str) -> None:
    path = study / "study.json"
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if key == "worlds":
        record[key][record["variants"][0]]["city"] = HOSTILE[0]
    elif key == "variants":
        record["worlds"][HOSTILE[1]] = record["worlds"][record["variants"][0]]
        record[key] = [HOSTILE[1]]
    else:
        record[key] = [HOSTILE[1]] if isinstance(record[key], list) else HOSTILE[1]
    path.write_text(json.dumps(record), encoding="utf-8")
    seal_folder(study, "a study from elsewhere")
    with pytest.raises(InputError, match=rf"study\.json: {key}.*: expected letters, digits"):
        read_study(study)


def test_a_small_file_of_a_huge_table_is_refused_by_its_name(study: Path) -> None:
    path = study / "tables" / "funding.parquet"
    same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(4_000_001, dtype=np.int8)), pa.array(["city"]))
    pq.write_table(pa.table(dict.fromkeys(("family", "variant", "world", "payer", "purpose"), same)), path)
    seal_folder(study, "a study from elsewhere")
    assert path.stat().st_size < 500_000
    with pytest.raises(InputError, match=r"funding\.parquet: 4000001 rows of 5 columns; expected at most 20000000"):
        read_study(study)


def test_the_name_of_a_drawing_cannot_leave_its_attribute() -> None:
    drawn = rendered_svg(lambda axes: axes.plot([1, 2]), 1.0, 'x"><img src=y onerror=alert(1)>', "spoken")
    assert "<img" not in drawn and 'id="x---img-src-y-onerror-alert-1--' in drawn


@pytest.fixture
def paper() -> Any:
    """Return a paper without files."""
    return pdf._Paper(None, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code",
    [
        '#read("secret.txt")',
        '#import "@preview/cetz:0.3.0"',
        '#let x = "@preview/cetz:0.3.0"\n#import x',
        '#include "secret.txt"',
        '#plain("a\\"b"); #csv("secret.txt")',
    ],
)
def test_a_document_reads_no_file_and_loads_no_package(
    paper: Any, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pdf.typst, "compile", lambda *_, **__: pytest.fail("compiled"))
    with pytest.raises(InputError, match="of Typst; expected text"):
        pdf._compile(paper, code, "pdf", None)


@pytest.mark.parametrize("code", ['#read("secret.txt")', '#image("/NanumGothic.ttf")', '#read("/report.typ.secret")'])
def test_the_folder_of_the_compiler_is_empty(
    paper: Any, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pdf, "_require_own_code", lambda main: None)
    with pytest.raises(pdf.typst.TypstError, match="file not found"):
        pdf._compile(paper, code, "pdf", None)


def test_text_that_looks_like_code_stays_text(paper: Any) -> None:
    told = pdf.quoted('"); #import "@preview/cetz:0.3.0" #read("secret.txt") \\')
    main = f"{pdf._IMPORT}#plain({told})"
    assert isinstance(pdf._compile(paper, main, "pdf", None), bytes)


def test_a_table_of_ordinary_names_is_read(study: Path, made_up: ModuleType) -> None:
    rows: pd.DataFrame = made_up.study_tables()["budgets"]
    rows.loc[rows.index[-1], "budget"] = "계양-이벤트.1_b"
    rows.to_parquet(study / "tables" / "budgets.parquet")
    seal_folder(study, "a study from elsewhere")
    assert "계양-이벤트.1_b" in set(read_study(study).tables["budgets"]["budget"])
