"""What stands in the data stands nowhere else: the published ratio in no code, the tile map in one table."""

import re
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from eum.city.data import load_city_data
from eum.dimensions import AS_PUBLISHED, DISTRICTS
from eum.outcomes.effects import published_ratios
from eum.output.demo.scene import district_tiles
from eum.output.report import figures
from eum.output.report.i18n import load_words

SOURCES = (".py", ".js", ".html", ".jinja", ".toml", ".css")
DRAWN_BY_EXAMPLE = r"per_hundred\(2\.87\) == '287'|`287 \(210 ~ 380\)`|50, 287 and 1,500"
"""Examples of how numbers are written."""


@pytest.mark.parametrize("number", [r"(?<![\d.])2\.87(?!\d)", r"(?<![\d.,])287(?![\d.,]*\d)"])
def test_the_published_ratio_is_written_in_no_code_and_no_sentence(repository: Path, number: str) -> None:
    found = []
    for path in sorted((repository / "sim").rglob("*")):
        if path.suffix in SOURCES and "_data" not in path.parts:
            text = re.sub(DRAWN_BY_EXAMPLE, "", path.read_text(encoding="utf-8"))
            found += [f"{path.name}: {line.strip()[:80]}" for line in text.splitlines() if re.search(number, line)]
    assert found == []


def test_the_published_ratio_is_that_of_the_studies() -> None:
    package = load_city_data()
    rows = package.table("studies").set_index("estimand_definition")["value"]
    assert published_ratios(package)[AS_PUBLISHED] == float(rows[rows.index.str.startswith("E3 ")].iloc[0])


def districts() -> pd.DataFrame:
    return load_city_data().table("districts").set_index("area")


def test_a_tile_further_north_or_west_is_a_district_further_north_or_west() -> None:
    table, wrong = districts(), []
    for a, b in combinations(DISTRICTS, 2):
        first, second = table.loc[a], table.loc[b]
        for tile, degree, sign in (("tile_row", "latitude", -1), ("tile_column", "longitude", 1)):
            if (
                abs(first[tile] - second[tile]) > 1
                and (first[tile] - second[tile]) * sign * (first[degree] - second[degree]) < 0
            ):
                wrong.append((a, b, tile))
    assert wrong == []
    assert not table.duplicated(["tile_row", "tile_column"]).any()


def test_the_map_of_the_report_and_that_of_the_town_are_the_table() -> None:
    table, package = districts(), load_city_data()
    rows = pd.DataFrame({"home": table.index, "share_city": 0.5, "policy_share_city": 0.6, "largest_change": 0.1})
    rows = rows.join(table[["tile_row", "tile_column"]], on="home")
    axes = Figure().add_subplot()
    words = load_words("en")
    figures.tiles(rows, axes, words)
    drawn = {t.get_text(): t.get_position()[0] for t in axes.texts}
    town = district_tiles(package)
    for area, row in table.iterrows():
        assert drawn[words.label("district", str(area))] == row["tile_column"] + 0.5
        assert town.loc[area, "x"] == row["tile_column"]
        assert town.loc[area, "y"] == table["tile_row"].max() - row["tile_row"]
