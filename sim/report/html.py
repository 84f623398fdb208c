"""The report as self-contained pages, one per language, with its tables as CSV beside them."""

import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from sim.errors import InputError
from sim.report.fonts import font_faces
from sim.report.page import Picture, Reader, Section, pictures
from sim.report.sections import ORDER
from sim.report.stored import Stored, read_study
from sim.report.words import LANGUAGES, load_words

_PAGE = "report.{language}.html"


def build_report(study_folder: Path, out_folder: Path) -> list[Path]:
    """Write report.ko.html, report.en.html and tables/*.csv of a stored study; returns the paths of the pages.

    The pages need nothing but themselves: no network, no other file. The same study gives the same bytes. The
    out folder appears (or replaces an earlier report) only when complete. Raises InputError on one line for a
    study that is missing or incomplete, or an out folder that holds something else.
    """
    study_folder, out_folder = Path(study_folder), Path(out_folder)
    study = read_study(study_folder)
    _require_replaceable(study_folder, out_folder)
    out_folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out_folder.name}.", suffix=".partial", dir=out_folder.parent))
    try:
        _write(study, partial)
        partial.chmod(0o755)
        _put_in_place(partial, out_folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return [out_folder / _PAGE.format(language=language) for language in LANGUAGES]


def _require_replaceable(study_folder: Path, out_folder: Path) -> None:
    if study_folder.resolve().is_relative_to(out_folder.resolve()):
        raise InputError(f"{out_folder}: holds the study itself; expected another folder for the report")
    if not out_folder.exists():
        return
    if not out_folder.is_dir():
        raise InputError(f"{out_folder}: is a file; expected a folder for the report")
    if any(out_folder.iterdir()) and not (out_folder / _PAGE.format(language=LANGUAGES[0])).is_file():
        raise InputError(f"{out_folder}: holds something else than a report; expected a new or empty folder")


def _put_in_place(partial: Path, out_folder: Path) -> None:
    old = partial.with_suffix(".old")
    if out_folder.exists():
        os.replace(out_folder, old)
    try:
        os.replace(partial, out_folder)
    except BaseException:
        if old.exists():
            os.replace(old, out_folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write(study: Stored, folder: Path) -> None:
    tables = folder / "tables"
    tables.mkdir()
    for name, table in study.tables.items():
        _write_csv(table, tables / f"{name}.csv")
    drawn: list[Picture] = []
    for language in LANGUAGES:
        reader = Reader(study, load_words(language))
        sections = [section(reader) for section in ORDER]
        (folder / _PAGE.format(language=language)).write_text(page(reader, sections), encoding="utf-8", newline="\n")
        drawn = [picture for section in sections for picture in pictures(section.blocks)]
    for picture in drawn:
        _write_csv(picture.data, tables / f"figure_{picture.name}.csv")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def page(reader: Reader, sections: list[Section]) -> str:
    """Return the HTML text of one language, with fonts cut down to the letters it uses."""
    environment = Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    language, record = reader.language, reader.study.record
    other = next(name for name in LANGUAGES if name != language)
    values = {
        "words": reader.words,
        "language": language,
        "other": other,
        "other_page": _PAGE.format(language=other),
        "title": record[f"title_{language}"],
        "record": record,
        "sections": sections,
        "style": (resources.files("sim.report") / "templates" / "style.css").read_text(encoding="utf-8"),
    }
    template = environment.get_template("page.html.jinja")
    letters = template.render(**values, fonts="")
    return template.render(**values, fonts=font_faces(letters))
