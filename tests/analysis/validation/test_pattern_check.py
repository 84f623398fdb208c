"""Published patterns: their figures come from the data, the arithmetic is right, and a real run is only read."""

import ast
import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.validation.pattern_check import (
    COMES_OUT,
    NOT_IN_MODEL,
    PATTERN_MEASURES,
    TOO_HIGH,
    TOO_LOW,
    WINDOWS,
    PatternConfig,
    PatternRun,
    Window,
    paid_by_person,
    pattern_table,
    run_window,
    simulated,
    verdict,
    worded_table,
)
from eum.analysis.validation.target_patterns import (
    PATTERN_GROUPS,
    Pattern,
    PatternKey,
    Published,
    published_value,
    put_together,
)
from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.dimensions import DISTRICTS
from eum.engine.initial_conditions import first_cards, subscribers_on
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.runner.tasks import TaskRunner
from tests.plain_behaviour import plain_behaviour

PATTERNS = [pattern for group in PATTERN_GROUPS.values() for pattern in group.patterns]
SEO, YEONSU = DISTRICTS.index("seo"), DISTRICTS.index("yeonsu")
SHORT = (datetime.date(2019, 6, 25), datetime.date(2019, 7, 3))


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def city(package: CityData) -> City:
    return build_city(package, 0.001, 1)


@pytest.fixture(scope="module")
def centre(package: CityData) -> Parameters:
    return plain_behaviour(package)


def with_observed(package: CityData, times: float) -> CityData:
    """Return the data with every published figure multiplied."""
    rows = package.table("observed")
    changed = rows.assign(value=rows["value"] * times)
    return CityData(package.folder, package.hash, {**package.tables, "observed": changed})


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: f"{p.name} {p.period}")
def test_what_was_observed_comes_from_the_data(package: CityData, pattern: Pattern) -> None:
    told, doubled = published_value(package, pattern), published_value(with_observed(package, 2.0), pattern)
    fixed = pattern.study or pattern.way in ("over", "over_per_day")
    assert doubled.value == pytest.approx(told.value * (1 if fixed else 2))
    assert told.low < told.value < told.high
    assert package.sources_of(told.source_id)


def test_a_period_is_written_as_short_as_it_can_be() -> None:
    given = [("2019-05-21",) * 2, MAY, BOTH, ("2019-07-01", "2019-07-28")]
    told = ["2019-05-21", "2019-05", "2019-05..2019-06", "2019-07-01..2019-07-28"]
    assert [PatternKey("payments", *days).days for days in given] == told


def test_no_observed_value_stands_in_the_code(repository: Path) -> None:
    tree = ast.parse(
        (repository / "sim" / "eum" / "analysis" / "validation" / "target_patterns.py").read_text(encoding="utf-8")
    )
    numbers = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) in (int, float)}
    assert numbers <= {0, 1, 31, 100}, "days, indices and percent alone"


def test_patterns_are_told_apart_and_tied_to_rows_that_exist(package: CityData) -> None:
    told = [(p.name, p.period) for p in PATTERNS]
    assert len(set(told)) == len(told)
    known = {*package.table("assumptions")["parameter"], *package.table("priors")["parameter"], "visitor_card_share"}
    assert {p.tied_to for p in PATTERNS} - {""} <= known
    assert all(key.metric in PATTERN_MEASURES for p in PATTERNS for key in p.keys)


def test_where_papers_differ_the_range_covers_them(package: CityData) -> None:
    march = next(p for p in PATTERNS if p.name == "payments" and p.period.startswith("2020-03"))
    told, tolerance = published_value(package, march), package.assumption("pattern_tolerance")
    rows = package.observations("payments", "incheon").query("period_start == '2020-03-01'")["value"]
    assert len(rows) > 1
    assert told.low == pytest.approx(rows.min() - tolerance * told.value)
    assert told.high == pytest.approx(rows.max() + tolerance * told.value)


def test_a_ratio_is_widest_when_its_figures_differ_in_opposite_ways(package: CityData) -> None:
    keys = (PatternKey("payments", "2020-03-01", "2020-03-31"), PatternKey("payments", "2020-02-01", "2020-02-29"))
    told = published_value(package.with_values({"pattern_tolerance": 0.0}), Pattern("a", "2020", keys, "over"))
    march, february = (package.observations("payments", "incheon").query("period_start == @k.start")["value"]
                       for k in keys)  # fmt: skip
    assert (told.low, told.high) == (march.min() / february.max(), march.max() / february.min())


def test_a_study_states_its_own_range(package: CityData) -> None:
    pattern = next(p for p in PATTERNS if p.study)
    row = package.table("studies").query("estimand_definition == @pattern.study").iloc[0]
    told = published_value(package, pattern)
    assert (told.value, told.low, told.high) == (row["value"], row["low"], row["high"])
    with pytest.raises(InputError, match=r"studies\.csv: unheard of: expected a row"):
        published_value(package, pattern._replace(study="unheard of"))


def test_a_figure_that_nobody_published_is_reported_in_one_line(package: CityData) -> None:
    pattern = Pattern("a", "2020", (PatternKey("payments", "2020-03-01", "2020-03-30"),))
    with pytest.raises(InputError, match=r"observed\.csv: payments incheon 2020-03-01 2020-03-30: expected a row"):
        published_value(package, pattern)


@pytest.mark.parametrize(
    ("way", "expected"), [("less", 400.0), ("over", 3.0), ("over_per_day", 2.0), ("rise_per_day", 100.0)]
)
def test_two_figures_are_put_together(way: str, expected: float) -> None:
    thirty, twenty = (
        PatternKey("payments", "2020-04-01", "2020-04-30"),
        PatternKey("payments", "2020-02-10", "2020-02-29"),
    )
    assert put_together(Pattern("a", "2020", (thirty, twenty), way), [600.0, 200.0]) == pytest.approx(expected)


@pytest.fixture(scope="module")
def made_up() -> PatternRun:
    """Two months of four people at scale one half: two of Seo, one of Yeonsu, one from Seoul."""
    days = pd.date_range("2019-05-01", "2019-06-30").strftime("%Y-%m-%d")
    daily = pd.DataFrame({"card_payments_krw": 0, "cashback_krw": 0, "subscribers": 30}, index=days)
    daily.loc["2019-05-31", ["card_payments_krw", "cashback_krw"]] = [2_200_000, 154_000]
    daily.loc["2019-06-30", ["card_payments_krw", "cashback_krw"]] = [3_300_000, 231_000]
    daily.loc["2019-06-01":, "subscribers"] = 50
    card = {month: np.zeros((12, 10), dtype=np.int64) for month in ("2019-05", "2019-06")}
    card["2019-05"][SEO, SEO], card["2019-05"][SEO, YEONSU] = 1_600_000, 400_000
    card["2019-05"][10, YEONSU] = 200_000
    card["2019-06"][SEO, SEO] = 3_300_000
    charged = {"2019-05": np.array([1_800_000, 0, 0, 200_000]), "2019-06": np.array([1_000_000, 1_900_000, 0, 100_000])}
    return PatternRun(0.5, daily, 20, np.array([SEO, SEO, YEONSU, 10]), charged, card)


MAY, BOTH = ("2019-05-01", "2019-05-31"), ("2019-05-01", "2019-06-30")
ARITHMETIC = [
    (PatternKey("payments", *MAY), 4_400_000),
    (PatternKey("payments", *BOTH), 11_000_000),
    (PatternKey("cashback_rate_effective", *BOTH), 7.0),
    (PatternKey("subscribers", "2019-04-30", "2019-04-30"), 40),
    (PatternKey("subscribers", "2019-06-30", "2019-06-30"), 100),
    (PatternKey("new_subscribers", *MAY), 20),
    (PatternKey("new_subscribers", "2019-06-01", "2019-06-30"), 40),
    (PatternKey("new_subscribers_daily_avg", "2019-06-01", "2019-06-30"), 40 / 30),
    (PatternKey("active_users", *MAY), 4),
    (PatternKey("active_users", *BOTH), 6),
    (PatternKey("active_users", *BOTH, "card_yeonsu"), 0),
    (PatternKey("payments_per_active_user", *BOTH), 5_500_000 / 3),
    # 2.8, 1.9 and 0.3 million of charged money are 3.08, 2.09 and 0.33 million with the cashback spent.
    (PatternKey("share_users_over_1m", *BOTH), 200 / 3),
    (PatternKey("share_payments_by_users_over_1m", *BOTH), 94.0),
    (PatternKey("share_users_over_2m", *BOTH), 0.0),
    (PatternKey("share_payments_class_210k_400k", *BOTH), 6.0),
    (PatternKey("share_users_under_500k", *MAY, "card_seo"), 0.0),
    (PatternKey("share_users_1m_to_2m", *MAY, "card_seo"), 100.0),
    (PatternKey("share_payments_inside_district", *MAY, "card_seo"), 80.0),
    (PatternKey("share_payments_by_nonresidents_of_incheon", *MAY), 100 / 11),
]


@pytest.mark.parametrize(("key", "expected"), ARITHMETIC, ids=[f"{k.metric} {k.scope} {k.end}" for k, _ in ARITHMETIC])
def test_a_figure_is_read_off_a_run(made_up: PatternRun, key: PatternKey, expected: float) -> None:
    assert PATTERN_MEASURES[key.metric](made_up, key) == pytest.approx(expected)


def test_a_pattern_is_put_together_like_what_was_published(made_up: PatternRun) -> None:
    keys = (PatternKey("payments", "2019-06-01", "2019-06-30"), PatternKey("payments", *MAY))
    assert simulated(made_up, Pattern("a", "2019", keys, "over_per_day")) == pytest.approx(1.5 * 31 / 30)
    assert np.isnan(simulated(made_up, next(p for p in PATTERNS if "from elsewhere" in p.name)))


@pytest.mark.parametrize(
    ("value", "words"), [(8.9, TOO_LOW), (9.0, COMES_OUT), (12.0, COMES_OUT), (12.1, TOO_HIGH), (np.nan, NOT_IN_MODEL)]
)
def test_the_verdict_follows_from_the_numbers(value: float, words: str) -> None:
    assert verdict(value, Published(10.0, 9.0, 12.0, "krw", "")) == words


def test_values_are_worded_with_their_unit() -> None:
    given = [(135_517_000_000.0, "krw"), (540_700.0, "krw"), (80.0, "percent_of_payments"), (0.528, "ratio")]
    assert [worded_table(*v) for v in given] == ["135.5 bn won", "540,700 won", "80.0 %", "0.53"]
    assert (worded_table(196_822.0, "persons"), worded_table(np.nan, "krw")) == ("196,822", "-")


def test_every_window_starts_where_members_were_published_and_covers_its_patterns(package: CityData) -> None:
    rows = package.observations("subscribers", "incheon")
    counted = set(rows[rows["confidence"].isin(["A", "B"])]["period_end"])
    for name, window in WINDOWS.items():
        assert (window.start - datetime.timedelta(days=1)).isoformat() in counted, name
    for pattern in PATTERNS:
        window = WINDOWS[pattern.window]
        assert all(key.end <= window.end.isoformat() for key in pattern.keys), pattern.name
        # What is taken away may be the count on the eve; a share of the year is read from the days there are.
        eve = (window.start - datetime.timedelta(days=1)).isoformat()
        whole_year = pattern.note == "simulated from May"
        assert whole_year or all(key.start >= eve for key in pattern.keys), pattern.name


def test_members_given_are_those_published_on_every_morning(city: City, centre: Parameters) -> None:
    run = run_window(city, centre, Window("incheon-2019-actual", *SHORT, members_given=True), 1)
    published_ = [subscribers_on(city, datetime.date.fromisoformat(day), ("A", "B", "C")) for day in run.daily.index]
    assert run.daily["subscribers"].to_numpy() == pytest.approx(np.array(published_) * city.scale, abs=4)
    assert run.daily["subscribers"].is_monotonic_increasing
    assert run.daily["subscribers"].iloc[-1] > run.members_before


def test_the_count_used_may_be_a_rounded_one(city: City, centre: Parameters) -> None:
    date = datetime.date(2019, 9, 9)
    rounded = city.package.observed("subscribers", "incheon", "2019-09-08", "2019-09-08")
    assert subscribers_on(city, date, ("A", "B", "C")) == rounded != subscribers_on(city, date)
    cards = first_cards(city, centre, date, ("A", "B", "C"))
    assert (cards > 0).sum() == pytest.approx(rounded * city.scale, abs=1)


def test_what_is_kept_of_a_run_adds_up_to_its_days(city: City, centre: Parameters) -> None:
    run = run_window(city, centre, Window("incheon-2019-actual", *SHORT, members_given=False), 1)
    for month in ("2019-06", "2019-07"):
        paid = run.daily[run.daily.index.str.startswith(month)]["card_payments_krw"].sum()
        assert run.card_krw[month].sum() == paid > 0
        assert 0.8 * paid < run.charged_krw[month].sum() <= paid
        assert paid_by_person(run, PatternKey("", f"{month}-01", f"{month}-30")).sum() == pytest.approx(paid)


def test_reading_a_run_changes_nothing(city: City, centre: Parameters) -> None:
    run = run_window(city, centre, Window("incheon-2019-actual", *SHORT, members_given=False), 1)
    worlds = [load_policy("none"), load_policy("incheon-2019-actual")]
    daily = run_worlds(city, centre, ScenarioSet(worlds, [(0, 1)], *SHORT), 1)["daily"]
    plain = daily[daily["world"] == "incheon-2019-actual"].set_index("date")
    for name in ("card_payments_krw", "cashback_krw", "subscribers"):
        assert (plain[name] == run.daily[name]).all(), name


def test_payments_fall_at_the_cut_of_october(city: City, centre: Parameters) -> None:
    autumn = Window("incheon-2019-actual", datetime.date(2019, 10, 1), datetime.date(2019, 11, 30), members_given=True)
    run = run_window(city, centre, autumn, 1)
    october, november = (run.card_krw[month].sum() for month in ("2019-10", "2019-11"))
    assert november < 0.8 * october, "the reason on the model card says so"


def test_the_table_has_a_row_for_every_pattern(package: CityData, centre: Parameters, tmp_path: Path) -> None:
    rows = pattern_table(package, centre, PatternConfig("causal", 0.001, (1,)), TaskRunner(tmp_path))
    assert list(rows["pattern"]) == [p.name for p in PATTERNS]
    assert set(rows["group"]) == set(PATTERN_GROUPS)
    assert (rows["verdict"] == NOT_IN_MODEL).sum() == rows["simulated"].isna().sum() == 1
    told = rows[rows["simulated"].notna()]
    assert (told["ratio"] == told["simulated"] / told["observed"]).all()
    assert rows["noise"].isna().all(), "one seed has no noise to tell"
