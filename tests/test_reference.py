"""The reference of tables is that of a run: every table, its columns in order, and their types."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from eum import dimensions
from eum.dimensions import CLASSES, DENOMINATORS

REPOSITORY = Path(__file__).resolve().parents[1]
TYPES = {"text": "str", "int64": "int64"}
EFFECTS = getattr(dimensions, "EFFECTS", None) or dimensions.EFFECTS


def described() -> dict[str, dict[str, str]]:
    """Return the tables of the reference: name -> columns in order with their types."""
    page = (REPOSITORY / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
    sections = re.split(r"^## (\w+)$", page, flags=re.MULTILINE)[1:]
    rows = [dict(re.findall(r"^\| `(\w+)` \| (\w+)", text, re.MULTILINE)) for text in sections[1::2]]
    return dict(zip(sections[::2], rows, strict=True))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Return the tables of a small run of the command."""
    out = tmp_path_factory.mktemp("run") / "trial"
    days = ["--start", "2020-03-16", "--end", "2020-03-17"]
    arguments = ["run", "gyeyang-2020-actual", "--evidence", "causal", "--scale", "0.001", *days, "--out", str(out)]
    command = [sys.executable, "-c", "from eum.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "sim")}
    ran = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return {path.stem: pd.read_parquet(path) for path in (out / "tables").glob("*.parquet")}


def test_every_table_of_a_run_is_described(tables: dict[str, pd.DataFrame]) -> None:
    assert sorted(described()) == sorted(tables)


def test_columns_and_types_are_those_of_the_run(tables: dict[str, pd.DataFrame]) -> None:
    for name, columns in described().items():
        found = {str(column): str(kind) for column, kind in tables[name].dtypes.items()}
        assert list(found.items()) == [(column, TYPES[kind]) for column, kind in columns.items()], name


@pytest.mark.parametrize(
    ("page", "codes"), [("counterfactuals", CLASSES), ("effects-and-2-9", (*EFFECTS, *DENOMINATORS))]
)
def test_codes_that_the_explanation_lists_are_those_of_the_model(page: str, codes: tuple[str, ...]) -> None:
    text = (REPOSITORY / "docs" / "explanation" / f"{page}.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == codes
