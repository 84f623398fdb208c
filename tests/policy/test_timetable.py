"""The rates a day reads are those of the files, on the day they begin and not before."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eum.dimensions import DISTRICTS, N_DISTRICTS, SALES_BANDS
from eum.policy.files import load_policy
from eum.policy.model import FeeSupport, Plus, Policy
from eum.policy.timetable import NO_LIMIT_KRW, DayTerms, Timetable

GYEYANG, BUPYEONG = DISTRICTS.index("gyeyang"), DISTRICTS.index("bupyeong")
SEO, YEONSU = DISTRICTS.index("seo"), DISTRICTS.index("yeonsu")
UNSIGNED = ("at_once", "topup_own_card", "topup_for", "plus_own_card", "plus_open", "grant_open", "card_launched")


def terms(name: str, date: str, closed: tuple[str, ...] = ()) -> DayTerms:
    """Return a policy's terms of a day with all budgets open but some."""
    timetable = Timetable(load_policy(name))
    paid = np.array([0 if budget in closed else 100 for budget in timetable.budget_names])
    return timetable.terms(datetime.date.fromisoformat(date), paid)


def test_the_city_rate_rises_to_ten_percent_on_the_first_of_march() -> None:
    before, after = terms("incheon-2020-actual", "2020-02-29"), terms("incheon-2020-actual", "2020-03-01")
    assert before.tier_bp[1, :4].tolist() == [400, 200, 100, 0]
    assert before.tier_high_krw[1, :3].tolist() == [300_000, 500_000, 1_000_000]
    assert after.tier_bp[1, :3].tolist() == [1000, 100, 0]
    assert terms("incheon-2020-announced", "2020-06-30").tier_bp[1, :3].tolist() == [400, 200, 100]


@pytest.mark.parametrize("name", ["gyeyang-2020-announced", "gyeyang-2020-actual"])
def test_gyeyang_starts_on_the_16th_of_march_as_announced(name: str) -> None:
    eve, launch = terms(name, "2020-03-15"), terms(name, "2020-03-16")
    assert (eve.card_launched[GYEYANG], eve.topup_bp[GYEYANG, 0], eve.plus_bp[GYEYANG]) == (0, 0, 0)
    assert launch.card_launched[GYEYANG] == 1
    assert launch.launch_day[GYEYANG] == datetime.date(2020, 3, 16).toordinal()
    assert launch.topup_bp[GYEYANG].tolist() == [100, 0, 0, 0]
    assert launch.topup_high_krw[GYEYANG, 0] == 300_000
    assert (launch.plus_bp[GYEYANG], launch.plus_own_card[GYEYANG]) == (200, 0)
    assert (launch.fee_plus_bp[GYEYANG], launch.fee_ordinary_bp[GYEYANG]) == (50, 50)


def test_fee_support_reaches_the_bands_up_to_a_billion_and_no_further() -> None:
    band = terms("gyeyang-2020-actual", "2020-03-16").fee_ordinary_band[GYEYANG]
    assert SALES_BANDS[:band] == ("up_to_300m", "300m_to_500m", "500m_to_1bn")


def test_a_top_up_has_no_end_in_july_and_two_tiers_in_seo_from_the_19th() -> None:
    early, late = terms("incheon-2019-july", "2019-07-18"), terms("incheon-2019-july", "2019-07-19")
    assert early.topup_high_krw[SEO, 0] == early.tier_high_krw[1, 0] == NO_LIMIT_KRW
    assert early.topup_bp[[SEO, YEONSU], 0].tolist() == [400, 500]
    assert late.topup_bp[SEO].tolist() == [400, 100, 0, 0]
    assert early.tier_bp[1, 0] == 600


def test_a_closed_budget_takes_its_own_layers_with_it_and_no_others() -> None:
    open_day = terms("gyeyang-2020-actual", "2020-04-01")
    closed = terms("gyeyang-2020-actual", "2020-04-01", closed=("gyeyang-event",))
    assert closed.topup_bp[GYEYANG].sum() == 0
    for name in set(DayTerms._fields) - {"topup_low_krw", "topup_high_krw", "topup_bp"}:
        assert np.array_equal(getattr(open_day, name), getattr(closed, name)), name
    without_plus = terms("gyeyang-2020-actual", "2020-04-01", closed=("gyeyang-plus",))
    assert (without_plus.plus_bp[GYEYANG], without_plus.fee_plus_bp[GYEYANG]) == (0, 0)
    assert without_plus.plus_open[GYEYANG] == 1
    assert without_plus.plus_bp[BUPYEONG] == 200


def test_every_rate_is_zero_without_a_policy_or_without_money() -> None:
    nothing = terms("none", "2020-04-01")
    every = tuple(Timetable(load_policy("gyeyang-2020-actual")).budget_names)
    broke = terms("gyeyang-2020-actual", "2020-04-01", closed=every)
    for day in (nothing, broke):
        for name in ("tier_bp", "topup_bp", "plus_bp", "fee_plus_bp", "fee_ordinary_bp"):
            assert not getattr(day, name).any(), name
    assert not nothing.plus_open.any()


@given(st.dates(datetime.date(2019, 7, 1), datetime.date(2020, 12, 31)), st.integers(0, 31))
def test_terms_have_one_shape_and_name_only_budgets_there_are(date: datetime.date, bits: int) -> None:
    timetable = Timetable(load_policy("gyeyang-2020-actual"))
    day = timetable.terms(date, np.array([100 * (bits >> i & 1) for i in range(len(timetable.budget_names))]))
    for name, column in day._asdict().items():
        assert column.dtype == (np.uint8 if name in UNSIGNED else np.int64), name
        assert column.flags.c_contiguous, name
    for name in ("budget_city", "budget_topup", "budget_plus", "budget_fee"):
        assert np.all((getattr(day, name) >= -1) & (getattr(day, name) < len(timetable.budget_names))), name
    assert day.tier_bp.shape == (12, 8)
    assert day.schedule.shape == (90, 5)
    assert day.topup_bp.shape == (N_DISTRICTS, 4)


@pytest.mark.parametrize("city_first", [True, False])
def test_plus_terms_of_a_district_replace_those_of_the_city(city_first: bool) -> None:
    start = datetime.date(2020, 1, 1)
    base = load_policy("gyeyang-2020-actual")
    discount = {"start": start, "source": "assumption", "discount_low_percent": 1, "discount_high_percent": 7}
    wide = {"area": "incheon", "top_up_percent": 1, "card": "any", "budget": "city-cashback"}
    near = {"area": "gyeyang", "top_up_percent": 2, "card": "own", "budget": "gyeyang-plus"}
    own = [Plus.model_validate({**discount, **terms}) for terms in (wide, near)]
    policy = base.model_copy(update={"plus": tuple(own if city_first else own[::-1])})
    day = Timetable(policy).terms(start, np.full(len(policy.budget), 100))
    assert day.plus_bp.tolist() == [200 if d == "gyeyang" else 100 for d in DISTRICTS]
    assert day.plus_own_card.tolist() == [int(d == "gyeyang") for d in DISTRICTS]


def test_the_rise_of_march_is_known_three_days_ahead_and_only_in_the_actual_city() -> None:
    march, known = datetime.date(2020, 3, 1), datetime.date(2020, 2, 27)
    assert Timetable(load_policy("gyeyang-2020-actual")).announced_changes() == [(march, known, 400, 1000)]
    assert Timetable(load_policy("gyeyang-2020-announced")).announced_changes() == []


@pytest.mark.parametrize(
    "name", ["gyeyang-2020-actual", "incheon-2019-actual", "incheon-2019-july", "incheon-2020-announced"]
)
def test_terms_change_on_the_days_named_and_on_no_others(name: str) -> None:
    policy = load_policy(name)
    paid = np.full(len(policy.budget), 100)
    first = datetime.date(2019, 6, 1)
    days = [first + datetime.timedelta(days=i) for i in range(600)]
    anew = {day: Timetable(policy) for day in days}
    promises = [(*anew[day].terms(day, paid), anew[day].plus_in_kind(day)) for day in days]
    seen = [
        day
        for day, before, now in zip(days[1:], promises, promises[1:], strict=False)
        if any(not np.array_equal(a, b) for a, b in zip(before, now, strict=True))
    ]
    assert Timetable(policy).changes(days[1], days[-1]) == seen


def test_a_budget_knows_the_layers_it_pays() -> None:
    timetable = Timetable(load_policy("gyeyang-2020-actual"))
    paid = {b: timetable.layers_of_budget(i) for i, b in enumerate(timetable.budget_names)}
    assert paid["gyeyang-event"] == ["top_up[0]"]
    assert paid["gyeyang-plus"] == ["plus[4]", "fee_support[2]"]


def test_the_city_helps_all_plus_shops_from_the_day_it_announced() -> None:
    timetable = Timetable(load_policy("gyeyang-2020-actual"))
    before, after = (timetable.plus_in_kind(datetime.date(2020, 2, day)) for day in (20, 21))
    assert not any(before)
    assert all(len(items) == 8 for items in after)


def test_fee_support_without_a_limit_for_ordinary_shops_goes_to_plus_shops_alone() -> None:
    start = datetime.date(2020, 1, 1)
    support = FeeSupport(
        start=start, source="assumption", district="seo", rate_percent=0.25, plus_shops=True,
        ordinary_shops_up_to_krw=0, budget="gyeyang-plus",
    )  # fmt: skip
    policy: Policy = load_policy("gyeyang-2020-actual").model_copy(update={"fee_support": (support,)})
    day = Timetable(policy).terms(start, np.full(len(policy.budget), 100))
    assert (day.fee_plus_bp[SEO], day.fee_ordinary_bp[SEO], day.fee_ordinary_band[SEO]) == (25, 0, 0)
