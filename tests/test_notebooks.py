"""Notebooks run from their text to the end, and what lies beside the text is that text and its results."""

import re
import textwrap
from functools import cache
from pathlib import Path

import jupytext
import nbclient
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
TEXTS = sorted(FOLDER.glob("*.py"))
NAMES = [text.stem for text in TEXTS]
LONGEST_CELL = 10
_CHANGES = re.compile(r"T_[0-9a-f]{5}|at 0x[0-9a-f]+")
"""What differs between two runs of the same text: names that a styled table gives itself."""


@cache
def run(text: Path) -> nbformat.NotebookNode:
    """Return the notebook of a text, run to the end."""
    notebook = jupytext.read(text)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return notebook


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return what all cells put out."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def results(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what cells print and the tables they show, without what changes from run to run."""
    found = []
    for output in outputs(notebook):
        if output.output_type == "stream":
            found += [output.text] if output.name == "stdout" else []
        elif "image/png" not in output.get("data", {}):
            found.append(output.data.get("text/html", output.data.get("text/plain", "")))
    return [_CHANGES.sub("", text) for text in found]


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_a_notebook_runs_to_the_end(text: Path) -> None:
    found = outputs(run(text))
    assert any("image/png" in output.get("data", {}) for output in found)
    assert not any(output.output_type == "error" for output in found)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_the_executed_notebook_has_the_cells_of_its_text(text: Path) -> None:
    executed = text.with_suffix(".ipynb")
    assert executed.stat().st_size < 1_000_000
    assert [c.source for c in jupytext.read(executed).cells] == [c.source for c in jupytext.read(text).cells]


def test_every_notebook_has_one_title_and_no_two_the_same() -> None:
    titles = []
    for text in TEXTS:
        cells = [cell.source for cell in jupytext.read(text).cells if cell.cell_type == "markdown"]
        found = [line for source in cells for line in source.splitlines() if line.startswith("# ")]
        assert len(found) == 1 and cells[0].startswith(found[0]), (text.name, found)
        titles += found
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_a_notebook_draws_in_the_house_style(text: Path) -> None:
    first = next(cell for cell in jupytext.read(text).cells if cell.cell_type == "code")
    assert re.search(r"^(eum\.)?set_house_style\(\)$", first.source, re.MULTILINE)


def test_a_policy_with_a_korean_name_is_drawn_in_a_notebook_without_boxes(tmp_path: Path) -> None:
    cell = """
        import pandas as pd
        from eum.output.report.render_figure import set_house_style
        set_house_style()
        axes = pd.Series({"우리 구 시험 +2%p": -3.5, "none": 1.0}).plot.barh(title="정책")
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell).strip())])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    texts = [output.get("text", "") for output in outputs(notebook)]
    assert any("image/png" in output.get("data", {}) for output in outputs(notebook))
    assert not any("missing from font" in text for text in texts)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_the_executed_notebook_has_the_results_of_its_text(text: Path) -> None:
    stored = jupytext.read(text.with_suffix(".ipynb"))
    assert any("image/png" in output.get("data", {}) for output in outputs(stored))
    assert results(stored) == results(run(text)), "the notebook fell behind: run make notebooks"


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_numbers_of_the_answer_are_among_the_results(text: Path) -> None:
    answer = jupytext.read(text).cells[0].source.partition("\n")[2]
    told = re.findall(r"\d[\d,.]*\d", re.sub(r"`[^`]*`|per 100 won|100 won", "", answer))
    assert [number for number in told if number not in " ".join(results(run(text)))] == []


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_cells_are_short_and_define_no_helper(text: Path) -> None:
    """Imports do not count: they are a list, not a thought. A helper belongs in sim/, where it is tested."""
    for cell in jupytext.read(text).cells:
        lines = [line for line in cell.source.splitlines() if not line.startswith(("import ", "from ")) and line]
        assert cell.cell_type != "code" or len(lines) <= LONGEST_CELL, cell.source
        assert not re.search(r"^\s*(def|class) ", cell.source, re.M) or cell.cell_type != "code", cell.source


def test_the_resident_s_story_names_clauses_and_classes() -> None:
    message = " ".join(results(run(FOLDER / "a_resident_and_a_shop.py")))
    assert {"city[1]", "top_up[0]", "replaced", "retained"} <= set(re.findall(r"\w+\[\d\]|\w+", message))
