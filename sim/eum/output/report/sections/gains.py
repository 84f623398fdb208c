"""Who gains: residents and small shops, and the zero-sum audit of the districts."""

import pandas as pd

from eum.dimensions import AGE_BANDS, DISTRICTS, SALES_BANDS, SECTORS
from eum.output.report import figures, number_format
from eum.output.report.document_model import (
    Collapsible,
    Columns,
    DocumentGroup,
    DocumentTable,
    Heading,
    ReportContext,
    Section,
    Text,
)
from eum.output.report.sections.common import (
    ReportView,
    beyond_city,
    district,
    pair,
    section_figure,
    shown_money,
    view_title,
    whole,
    with_interval,
    with_interval_text,
)
from eum.output.report.sections.fees import fee_blocks
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import LINE, Origin, TextLike, TracedNumber, format_traced, from_record, traced_cell

RESIDENT_ROWS = ("spending_decile", "age_band", "home_district")
SHOPS = ("shop_district", "sector", "sales_band")
_AUDITED = {False: "small_shop_sales_change_krw", True: "city_sales_change_krw"}
"""Whether the place is all of Incheon -> the column of the audit."""
_ORDERS = {
    "spending_decile": tuple(str(n) for n in range(1, 11)),
    "age_band": AGE_BANDS,
    "home_district": DISTRICTS,
    "shop_district": DISTRICTS,
    "sector": SECTORS,
    "sales_band": SALES_BANDS,
}


def _ordered(found: pd.DataFrame, dimension: str) -> pd.DataFrame:
    part = rows(found, dimension=dimension)
    part = part.assign(item=part["item"].astype(str))
    order = {item: position for position, item in enumerate(_ORDERS[dimension])}
    return part.sort_values("item", key=lambda items: items.map(order), kind="stable")


def _cells(reader: ReportContext, part: pd.DataFrame, dimension: str, item: str) -> list[TextLike]:
    total = "cashback_krw" if dimension in RESIDENT_ROWS else "sales_change_krw"
    found = [only_row(part, family=family, item=item) for family in reader.families]
    n = next(
        (format_traced(number_format.number, traced_cell(row, "n")) for row in found if row is not None),
        number_format.NOTHING,
    )
    cells: list[TextLike] = [figures.item_label(dimension, item, reader.words), n]
    for row in found:
        if row is None:
            cells += [number_format.NOTHING, number_format.NOTHING]
            continue
        cells.append(with_interval_text(number_format.number, row, ("per_head_krw", "low", "high")))
        cells.append(shown_money(reader, traced_cell(row, total)))
    return cells


def _table(reader: ReportContext, found: pd.DataFrame, dimensions: tuple[str, ...], caption: str) -> DocumentTable:
    words, people = reader.words, dimensions == RESIDENT_ROWS
    columns = [words("column.group"), words("column.n_people" if people else "column.n_shops")]
    for family in reader.families:
        name = words.label("family_short", family)
        columns += [words("gains.per_head_column", family=name), words("gains.total_column", family=name)]
    groups = []
    for dimension in dimensions:
        part = _ordered(found, dimension)
        body = [_cells(reader, part, dimension, item) for item in dict.fromkeys(part["item"])]
        groups.append(DocumentGroup(words.label("dimension", dimension), body))
    return DocumentTable(caption, columns, groups)


def _figures(
    reader: ReportContext, found: pd.DataFrame, dimensions: tuple[str, ...], which: str, caption: str
) -> Columns:
    shown = []
    for dimension in dimensions:
        part = _ordered(found, dimension)
        if part.empty:
            continue
        title = f"{reader.words.label('dimension', dimension)} · {caption}"
        height = 1.1 + 0.34 * part["item"].nunique()
        shown.append(section_figure(reader, f"gains_{which}_{dimension}", figures.winners, part, height, title))
    return Columns(shown)


def _audit_rows(reader: ReportContext, variant: str, view: ReportView) -> pd.DataFrame:
    """Return the audit with a row "incheon" per family that repeats the city's change beside the districts."""
    found = rows(reader.study.tables["zero_sum"], **pair(reader, variant, view))
    rename = {_AUDITED[False]: "change_krw"}
    columns = ["family", "district", "change_krw", "low", "high", LINE]
    districts = found.rename(columns=rename)[columns]
    city = found.drop_duplicates("family").assign(district="incheon", low=float("nan"), high=float("nan"))
    city = city.rename(columns={_AUDITED[True]: "change_krw"})[columns]
    order = {place: position for position, place in enumerate((*DISTRICTS, "incheon"))}
    if reader.focus is not None:
        order[reader.focus] = -1
    both = pd.concat([districts, city], ignore_index=True)
    both = both.sort_values("district", key=lambda places: places.map(order), kind="stable")
    return both.assign(focus=both["district"] == reader.focus)


def _audit_cells(reader: ReportContext, found: pd.DataFrame, place: str) -> list[TextLike]:
    words, scale = reader.words, number_format.AXIS_KRW[reader.language]
    digits = 1 if reader.language == "ko" else 0
    cells: list[TextLike] = [
        words("figure.city_all_shops").replace("\n", " ") if place == "incheon" else words.label("district", place)
    ]
    for family in reader.families:
        row = only_row(found, family=family, district=place)
        if row is None:
            cells.append(number_format.NOTHING)
            continue
        change = TracedNumber(row["change_krw"], [Origin(row[LINE], _AUDITED[place == "incheon"])])
        amounts = (change, traced_cell(row, "low"), traced_cell(row, "high"))
        cells.append(
            with_interval(*(format_traced(number_format.number, amount / scale, digits) for amount in amounts))
        )
    return cells


def _audit(reader: ReportContext, view: ReportView) -> Columns:
    words, variant = reader.words, reader.variants[-1]
    found = _audit_rows(reader, variant, view)
    title = f"{view_title(reader, view)} · {reader.title(variant)}"
    caption = words("gains.audit_caption", which=title)
    if found.empty:
        return Columns([Text(words("nothing_stored", what=caption))])
    figure = section_figure(reader, f"zero_sum_{view.name}", figures.zero_sum, found, 4.9, caption)
    names = [words.label("family_short", family) for family in reader.families]
    columns = [words("column.place"), *(words("gains.audit_column", family=name) for name in names)]
    body = [_audit_cells(reader, found, place) for place in dict.fromkeys(found["district"])]
    return Columns([figure, DocumentTable(caption, columns, [DocumentGroup("", body)])])


def _of(reader: ReportContext, view: ReportView, variant: str) -> pd.DataFrame:
    return rows(reader.study.tables["winners"], **pair(reader, variant, view))


def _tables(reader: ReportContext, view: ReportView, variant: str) -> list:
    words, found = reader.words, _of(reader, view, variant)
    which = f"{view_title(reader, view)} · {reader.title(variant)}"
    return [
        _table(reader, found, RESIDENT_ROWS, words("gains.people_caption", which=which)),
        _table(reader, found, SHOPS, words("gains.shops_caption", which=which)),
    ]


def _sample_note(reader: ReportContext) -> list[Text]:
    scale = from_record(reader.study.record, "scale")
    return (
        [Text(reader.words.tell("gains.sample_note", scale=format_traced(number_format.scale, scale)))]
        if scale.value < 1
        else []
    )


def section(reader: ReportContext) -> Section:
    """Return the section on gains: residents, shops, merchant fees, and the audit; the whole programme leads."""
    words, lead = reader.words, reader.variants[-1]
    all_of_it, beyond = whole(reader), beyond_city(reader)
    every = [all_of_it] if beyond is None else [all_of_it, beyond]
    found = _of(reader, all_of_it, lead)
    which = f"{view_title(reader, all_of_it)} · {reader.short_title(lead)}"
    people, shops = _tables(reader, all_of_it, lead)
    blocks: list = [
        Text(words("gains.intro")),
        Heading(words("gains.people")),
        _figures(reader, found, RESIDENT_ROWS, "whole", which),
        people,
        Heading(words("gains.shops")),
        *_sample_note(reader),
        _figures(reader, found, SHOPS, "whole", which),
        shops,
        *fee_blocks(reader, every, lead),
        Heading(words("gains.audit")),
        Text(words("gains.audit_intro" if reader.focus else "gains.audit_intro_all", district=district(reader))),
        *(_audit(reader, question) for question in reversed(every)),
    ]
    others = [(question, lead) for question in every[1:]]
    for question, variant in [*others, *((q, v) for v in reader.variants[:-1] for q in every)]:
        title = f"{view_title(reader, question)} · {reader.title(variant)}"
        blocks.append(Collapsible(words("more_tables", which=title), _tables(reader, question, variant)))
    return Section("gains", words("heading.gains"), blocks)
