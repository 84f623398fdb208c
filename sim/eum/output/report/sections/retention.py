"""Where residents' money stays, by district and by sector, without and with the policy."""

import pandas as pd

from eum.dimensions import DISTRICTS
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
from eum.output.report.sections.common import district, section_figure, shown_money, with_interval
from eum.output.report.study_reader import rows
from eum.output.report.traced_text import TextLike, format_traced, traced_cell

_POLICY = "policy_"
_OUTSIDE = ("seoul", "gyeonggi", "elsewhere", "online")


def two_worlds(reader: ReportContext, name: str, keys: list[str], **equal: str) -> pd.DataFrame:
    """Return rows of a table in the baseline with those of the policy world beside, as columns `policy_*`."""
    variant = equal["variant"]
    table = rows(reader.study.tables[name], **equal)
    without = rows(table, world=reader.study.world(variant, "baseline"))
    policy = rows(table, world=reader.study.world(variant, "district"))
    values = [c for c in table.columns if c not in ("family", "variant", "world", *keys)]
    policy = policy[[*keys, *values]].rename(columns={c: f"{_POLICY}{c}" for c in values})
    return without.merge(policy, on=keys, how="left", sort=False)


def _share(row: pd.Series, prefix: str = "") -> TextLike:
    return with_interval(
        *(
            format_traced(number_format.percent, traced_cell(row, name, prefix))
            for name in ("share_city", "low", "high")
        )
    )


def _cells(reader: ReportContext, row: pd.Series, label: str) -> list[TextLike]:
    change = traced_cell(row, "share_city", _POLICY) - traced_cell(row, "share_city")
    return [
        label,
        format_traced(number_format.percent, traced_cell(row, "share_home_district")),
        format_traced(number_format.percent, traced_cell(row, "share_home_district", _POLICY)),
        _share(row),
        _share(row, _POLICY),
        format_traced(number_format.points, change, reader.language, 2),
        format_traced(number_format.percent, traced_cell(row, "share_outside")),
        format_traced(number_format.percent, traced_cell(row, "published_outflow_percent") / 100),
    ]


_COLUMNS = (
    "home_before",
    "home_after",
    "city_before",
    "city_after",
    "difference",
    "outside_before",
    "published_outflow",
)


def _place(reader: ReportContext, home: str) -> str:
    return reader.words("incheon_total") if home == "incheon" else reader.words.label("district", home)


def _districts(reader: ReportContext, variant: str) -> DocumentTable:
    words, groups = reader.words, []
    for family in reader.families:
        found = two_worlds(reader, "retention", ["home", "sector"], variant=variant, family=family, sector="all")
        found = found.set_index("home").reindex([h for h in ("incheon", *DISTRICTS) if h in set(found["home"])])
        body = [_cells(reader, row, _place(reader, str(home))) for home, row in found.iterrows()]
        groups.append(DocumentGroup(words.label("family", family), body))
    columns = [words("column.home"), *(words(f"column.{name}") for name in _COLUMNS)]
    caption = words("retention.districts_caption", variant=reader.title(variant))
    return DocumentTable(caption, columns, groups, words("retention.note"))


def _sectors(reader: ReportContext, variant: str) -> DocumentTable:
    words, groups = reader.words, []
    for family in reader.families:
        found = two_worlds(reader, "retention", ["home", "sector"], variant=variant, family=family, home="incheon")
        found = found[found["sector"] != "all"]
        body = [_cells(reader, row, words.label("sector", row["sector"]))[:-1] for _, row in found.iterrows()]
        groups.append(DocumentGroup(words.label("family", family), body))
    columns = [words("column.sector"), *(words(f"column.{name}") for name in _COLUMNS[:-1])]
    return DocumentTable(words("retention.sectors_caption", variant=reader.title(variant)), columns, groups)


def _destinations(reader: ReportContext, variant: str, focus: str) -> DocumentTable:
    words, groups = reader.words, []
    for family in reader.families:
        found = two_worlds(reader, "origin_destination", ["place", "kind"], variant=variant, family=family, home=focus)
        found = found[found["place"].isin((focus, *_OUTSIDE))]
        body: list[list[TextLike]] = [
            [
                f"{words.label('place', row['place'])} · {words.label('kind', row['kind'])}",
                shown_money(reader, traced_cell(row, "krw")),
                shown_money(reader, traced_cell(row, "krw", _POLICY)),
            ]
            for _, row in found.iterrows()
        ]
        groups.append(DocumentGroup(words.label("family", family), body))
    columns = [words("column.destination"), words("column.without"), words("column.with")]
    caption = words("retention.destinations_caption", district=district(reader))
    return DocumentTable(
        f"{caption} · {reader.title(variant)}",
        columns,
        groups,
        words("retention.destinations_note", district=district(reader)),
    )


def _maps(reader: ReportContext, variant: str) -> Columns:
    """Return one tile map per family; their colours share one scale."""
    words, found = reader.words, {}
    places = reader.study.tables["districts"].set_index("area")[["tile_row", "tile_column"]]
    for family in reader.families:
        both = two_worlds(reader, "retention", ["home", "sector"], variant=variant, family=family, sector="all")
        found[family] = both[both["home"].isin(DISTRICTS)].join(places, on="home")
    changes = pd.concat([part["policy_share_city"] - part["share_city"] for part in found.values()])
    largest = float(changes.abs().max()) if changes.notna().any() else 0.0
    shown = []
    for family, part in found.items():
        which = f"{words.label('family', family)} · {reader.title(variant)}"
        caption = words("retention.map_caption", which=which)
        part = part.assign(largest_change=largest)
        shown.append(section_figure(reader, f"retention_{variant}_{family}", figures.tiles, part, 5.75, caption))
    return Columns(shown, n_columns=3)


def section(reader: ReportContext) -> Section:
    """Return the retention section: tile maps, districts, sectors, and where the focus district's money goes."""
    words, lead, others = reader.words, reader.variants[-1], reader.variants[:-1]
    blocks: list = [
        Text(words("retention.intro")),
        _maps(reader, lead),
        _districts(reader, lead),
    ]
    for variant in others:
        folded = [_maps(reader, variant), _districts(reader, variant)]
        blocks.append(Collapsible(words("other_variant", variant=reader.title(variant)), folded))
    more = words("retention.more" if reader.focus else "retention.more_all", district=district(reader))
    blocks += [Heading(more), _sectors(reader, lead)]
    if reader.focus is not None:
        blocks.append(_destinations(reader, lead, reader.focus))
    return Section("retention", words("heading.retention"), blocks)
