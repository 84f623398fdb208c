"""One command builds all: documents, tables, workbook, where every number comes from, and the record of the run."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from eum.artifacts import publish_folder
from eum.errors import InputError
from eum.output.report import html
from eum.output.report.document_model import Figure, ReportContext
from eum.output.report.documents import Document, document, document_definitions
from eum.output.report.hwpx import rendered_hwpx
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.pdf import rendered_pdf
from eum.output.report.provenance import told_of
from eum.output.report.record import about_report
from eum.output.report.ro_crate import crate
from eum.output.report.study_reader import StoredStudy, read_study
from eum.output.report.traced_text import LINE
from eum.output.report.workbook import workbook
from eum.spreadsheets import write_spreadsheet_csv

INDEX = "index.html"
_WRITERS: dict[str, Callable[[Document], bytes]] = {"pdf": rendered_pdf, "hwpx": rendered_hwpx}


def build_report(study_folder: Path, out_folder: Path) -> list[Path]:
    """Write the whole report of a stored study; returns the paths of its documents, the index first.

    Documents are those of reports/documents/, in Korean and English; beside them tables as CSV, a workbook per
    language, provenance.json and ro-crate-metadata.json. Nothing of it needs the network. The same study gives the
    same bytes. The out folder appears (or replaces an earlier report) only when complete. Raises InputError on one
    line for a study that is missing or incomplete, or an out folder that holds something else.
    """
    study_folder, out_folder = Path(study_folder), Path(out_folder)
    study = read_study(study_folder)
    _require_replaceable(study_folder, out_folder)
    out_folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out_folder.name}.", suffix=".partial", dir=out_folder.parent))
    try:
        names = write_report(study, partial)
        partial.chmod(0o755)
        publish_folder(partial, out_folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return [out_folder / name for name in names]


def _require_replaceable(study_folder: Path, out_folder: Path) -> None:
    if study_folder.resolve().is_relative_to(out_folder.resolve()):
        raise InputError(f"{out_folder}: holds the study itself; expected another folder for the report")
    if out_folder.is_symlink():
        raise InputError(f"{out_folder}: is a link; expected a folder, as {out_folder.resolve()}")
    if not out_folder.exists():
        return
    if not out_folder.is_dir():
        raise InputError(f"{out_folder}: is a file; expected a folder for the report")
    earlier = ("report.ko.html", INDEX)
    if any(out_folder.iterdir()) and not any((out_folder / name).is_file() for name in earlier):
        raise InputError(f"{out_folder}: holds something else than a report; expected a new or empty folder")


def write_report(study: StoredStudy, folder: Path) -> list[str]:
    """Write every file of a report into a folder that is there; returns the names of its documents, the index first."""
    asked, told = document_definitions(), {}
    names, pages, drawn = [INDEX], dict[str, str](), dict[str, Figure]()
    for words in map(load_words, LANGUAGES):
        reader = ReportContext(study, words)
        for name, definition in asked.items():
            made = document(name, definition, reader)
            names += [made.file(form) for form in definition.formats]
            for form in definition.formats:
                if form == "html":
                    pages[made.file(form)] = html.html_page(made, asked)
                else:
                    (folder / made.file(form)).write_bytes(_WRITERS[form](made))
            told[f"{name}.{words.language}"] = told_of(made.sections)
            drawn |= {picture.name: picture for picture in made.pictures}
        (folder / f"tables.{words.language}.xlsx").write_bytes(workbook(reader))
    n_csv = _write_tables(study, drawn, folder / "tables")
    pages[INDEX] = html.index(study, asked, n_csv)
    for name, page in html.with_fonts(pages).items():
        _write_text(folder / name, page)
    _write_json(folder / "provenance.json", about_report(study) | {"documents": told})
    _write_json(folder / "ro-crate-metadata.json", crate(study, folder))
    return names


def _write_tables(study: StoredStudy, drawn: dict[str, Figure], folder: Path) -> int:
    """Write the stored tables and the rows of every figure as CSV; returns how many files."""
    folder.mkdir()
    for name, table in study.tables.items():
        write_spreadsheet_csv(table.drop(columns=LINE), folder / f"{name}.csv")
    for name, picture in drawn.items():
        write_spreadsheet_csv(picture.data, folder / f"figure_{name}.csv")
    return len(study.tables) + len(drawn)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_json(path: Path, content: dict) -> None:
    _write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
