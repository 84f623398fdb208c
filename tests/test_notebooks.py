"""Notebooks run from their text to the end, and what lies beside the text is that text."""

from pathlib import Path

import jupytext
import nbclient
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
TEXTS = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("text", TEXTS, ids=[t.stem for t in TEXTS])
def test_a_notebook_runs_to_the_end(text: Path) -> None:
    notebook = jupytext.read(text)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(FOLDER)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" for output in outputs)


@pytest.mark.parametrize("text", TEXTS, ids=[t.stem for t in TEXTS])
def test_the_executed_notebook_has_the_cells_of_its_text(text: Path) -> None:
    executed = text.with_suffix(".ipynb")
    assert executed.stat().st_size < 1_000_000
    assert [c.source for c in jupytext.read(executed).cells] == [c.source for c in jupytext.read(text).cells]
