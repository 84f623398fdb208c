"""One command builds all: documents, tables, workbook, where every number comes from, and the record of the run."""

import json
from collections.abc import Callable
from pathlib import Path

from eum.artifacts import new_folder
from eum.errors import InputError
from eum.locks import claimed
from eum.output.report import html
from eum.output.report.document_model import Figure, ReportContext
from eum.output.report.documents import Document, document, document_definitions
from eum.output.report.hwpx import rendered_hwpx
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.pdf import rendered_pdf
from eum.output.report.provenance import told_of
from eum.output.report.record import about_report, report_identity
from eum.output.report.ro_crate import crate
from eum.output.report.study_reader import StoredStudy, read_study
from eum.output.report.traced_text import LINE
from eum.output.report.workbook import workbook
from eum.spreadsheets import spreadsheet_csv

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
    with claimed(out_folder), new_folder(out_folder, report_identity()) as made:
        names = write_report(study, made)
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


def write_report(study: StoredStudy, made: Path) -> list[str]:
    """Write every file of a report into a folder that is there; returns the names of its documents, the index first."""
    asked, origins = document_definitions(), {}
    names, pages, drawn = [INDEX], dict[str, str](), dict[str, Figure]()
    for words in map(load_words, LANGUAGES):
        reader = ReportContext(study, words)
        for name, definition in asked.items():
            built = document(name, definition, reader)
            names += [built.file(form) for form in definition.formats]
            for form in definition.formats:
                if form == "html":
                    pages[built.file(form)] = html.html_page(built, asked)
                else:
                    (made / built.file(form)).write_bytes(_WRITERS[form](built))
            origins[f"{name}.{words.language}"] = told_of(built.sections)
            drawn |= {picture.name: picture for picture in built.pictures}
        (made / f"tables.{words.language}.xlsx").write_bytes(workbook(reader))
    n_csv = _write_tables(study, drawn, made / "tables")
    pages[INDEX] = html.index(study, asked, n_csv)
    for name, page in html.with_fonts(pages).items():
        (made / name).write_bytes(page.encode())
    (made / "provenance.json").write_bytes(_json(about_report(study) | {"documents": origins}))
    (made / "ro-crate-metadata.json").write_bytes(_json(crate(study, made)))
    return names


def _write_tables(study: StoredStudy, drawn: dict[str, Figure], made: Path) -> int:
    """Write the stored tables and the rows of every figure as CSV; returns how many files."""
    made.mkdir()
    tables = {name: table.drop(columns=LINE) for name, table in study.tables.items()}
    tables |= {f"figure_{name}": picture.data for name, picture in drawn.items()}
    for name, table in tables.items():
        (made / f"{name}.csv").write_bytes(spreadsheet_csv(table).encode())
    return len(tables)


def _json(content: dict) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
