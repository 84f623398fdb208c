"""Studies of all shapes have whole reports: any variants, families, districts or none, short windows, no budgets."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from eum.artifacts import seal_folder
from eum.output.report import build
from eum.output.report.document_model import ReportContext
from eum.output.report.headline import headlines
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.sections.common import questions, view_title
from eum.output.report.study_reader import read_study

Made = tuple[dict, dict[str, pd.DataFrame]]


def one_family(made: Made) -> Made:
    """Return the study with the family causal alone."""
    record, tables = made
    tables = {name: t[t["family"] == "causal"] if "family" in t else t for name, t in tables.items()}
    return record | {"families": ["causal"]}, tables


def one_variant(made: Made) -> Made:
    """Return the study with its last variant alone, under a name of its own."""
    record, tables = made
    titles = {"ko": {"title": "우리 안 <a>", "short": "우리 안", "note": ""},
              "en": {"title": "Our $own$ & more", "short": "Our own", "note": ""}}  # fmt: skip
    found = {}
    for name, table in tables.items():
        mine = table[table["variant"] == "actual_10"] if "variant" in table else table
        found[name] = mine.assign(variant="우리-안") if "variant" in table else mine
    worlds = {"우리-안": record["worlds"]["actual_10"]}
    return record | {"variants": ["우리-안"], "titles": {"우리-안": titles}, "worlds": worlds}, found


def another_focus(made: Made) -> Made:
    """Return the study as one of Ganghwa, whose own money it is not."""
    record, tables = made
    ladder = tables["ladder"].replace({"scope": {"gyeyang": "ganghwa"}})
    record |= {"focus_district": "ganghwa", "is_own_money": False, "scopes": ["city", "ganghwa"]}
    return record, tables | {"ladder": ladder}


def no_district(made: Made) -> Made:
    """Return the study as one of the city's programmes alone, about no district."""
    record, tables = made
    found, cities = {}, {}
    for variant, worlds in record["worlds"].items():
        cities[worlds["district"]] = worlds["city"]
        record["worlds"][variant] = worlds | {"district": worlds["city"]}
    for name, table in tables.items():
        column = next((c for c in ("policy", "world") if c in table), None)
        if column is not None:
            table = table[~table[column].isin(cities.values())].replace({column: cities})
        if "baseline" in table:
            table = table[table["baseline"] == "none"]
        found[name] = table[table["scope"] == "city"] if "scope" in table else table
    return record | {"focus_district": None, "is_own_money": False, "scopes": ["city"]}, found


def one_day(made: Made) -> Made:
    """Return the study with a window of one day."""
    record, tables = made
    found = {
        name: t[t["date"] == "2020-01-01"] if name in ("daily", "budget_paths") else t for name, t in tables.items()
    }
    return record | {"start": "2020-01-01", "end": "2020-01-01"}, found


def no_money(made: Made) -> Made:
    """Return the study with no budgets at all, no cost and so no ratio."""
    record, tables = made
    nothing = {name: tables[name].iloc[:0] for name in ("budgets", "budget_paths", "funding")}
    ladder = tables["ladder"].assign(cost_krw=0.0, payments_krw=0.0)
    for name in ("s", "rho", "ratio", "ratio_low", "ratio_high", "noise_low", "noise_high"):
        ladder[name] = float("nan")
    published = tables["published"].assign(ratio=float("nan"), ratio_low=float("nan"), ratio_high=float("nan"))
    return record, tables | nothing | {"ladder": ladder, "published": published}


def uncertain_money(made: Made) -> Made:
    """Return the study with a budget divided by chance, and two districts more in which effects count."""
    record, tables = made
    more = [tables["ladder"].query("scope == 'gyeyang'").assign(scope=place) for place in ("seo", "ongjin")]
    shared = {
        "event": "gyeyang-event",
        "rest": "trial",
        "total_krw": 9e7,
        "event_share_low": 0.1,
        "event_share_high": 1,
    }
    record |= {"uncertain_budget": shared, "scopes": ["city", "gyeyang", "seo", "ongjin"]}
    return record, tables | {"ladder": pd.concat([tables["ladder"], *more], ignore_index=True)}


SHAPES: dict[str, tuple[Callable[[Made], Made], ...]] = {
    "one family, one variant, another focus": (one_family, one_variant, another_focus),
    "no district": (no_district,),
    "no district, one variant, one day": (no_district, one_variant, one_day),
    "no money": (no_money, one_family),
    "uncertain money, more districts": (uncertain_money,),
}


def shaped(made_up: ModuleType, folder: Path, shapes: tuple[Callable[[Made], Made], ...]) -> Path:
    """Write the made-up study in another shape; returns its folder."""
    made: Made = (json.loads(json.dumps(made_up.study_record())), made_up.study_tables())
    for shape in shapes:
        made = shape(made)
    record, tables = made
    (folder / "tables").mkdir(parents=True)
    for name, table in tables.items():
        table.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
    (folder / "study.json").write_text(json.dumps(record), encoding="utf-8")
    seal_folder(folder, "study made-up")
    return folder


def words_of(page: str) -> str:
    """Return what a reader sees of a page: no styles, scripts, drawings or tags."""
    text = re.sub(r"<(style|title|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_a_study_of_any_shape_has_a_whole_report(
    shapes: tuple[Callable[[Made], Made], ...],
    made_up: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = build.document_definitions()
    forms = {"technical": ("html",), "evidence": ("html",)}
    few = {name: d.model_copy(update={"formats": forms.get(name, d.formats)}) for name, d in whole.items()}
    monkeypatch.setattr(build, "document_definitions", lambda: few)
    study = shaped(made_up, tmp_path / "study", shapes)
    build.build_report(study, tmp_path / "report")
    pages = {path.name: words_of(path.read_text(encoding="utf-8")) for path in (tmp_path / "report").glob("*.html")}
    assert len(pages) == 7 and headlines(study)
    for brief in (tmp_path / "report").glob("brief.*.pdf"):
        assert max(map(int, re.findall(rb"/Type ?/Pages ?/Count (\d+)", brief.read_bytes()))) <= 2
    stored = read_study(study)
    for language in LANGUAGES:
        reader, technical = ReportContext(stored, load_words(language)), pages[f"technical.{language}.html"]
        for variant in reader.variants:
            shown = reader.title(variant).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            assert shown in technical
        for question in questions(reader):
            assert view_title(reader, question).replace("'", "&#39;") in technical
        assert reader.study.record["remarks"][0][language] in pages[f"brief.{language}.html"]
    assert not [name for name, page in pages.items() if "nan" in page.lower().replace("finan", "").split()]


def test_what_is_said_of_money_follows_whose_it_is(made_up: ModuleType, tmp_path: Path) -> None:
    words = load_words("en")
    told = {}
    for shape in (another_focus, no_district, uncertain_money):
        reader = ReportContext(read_study(shaped(made_up, tmp_path / shape.__name__, (shape,))), words)
        told[shape.__name__] = [question.key for question in questions(reader)]
    assert told == {
        "another_focus": ["whole", "added_city", "added_district"],
        "no_district": ["whole"],
        "uncertain_money": ["whole", "own_city", "own_district", "own_district", "own_district"],
    }
