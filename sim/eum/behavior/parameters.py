"""The parameters of behaviour, each declared once: name, meaning, unit, row of the data, mechanisms, labels.

A rule that needs a number gets a field in `Parameters` here and a row in data/assumptions.csv or data/priors.csv.
Values and priors (`eum.calibration.priors`), mechanisms and how they are switched off (`eum.calibration.mechanisms`),
factors of the sensitivity analysis, labels of reports and the model card follow from these.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple, get_type_hints

RESPONSES = ("district", "large", "outside", "online", "visitor")
"""Kinds of a purchase's place without policy, each with its own response to a price gap."""

FROM_SMALL, FROM_LARGE, FROM_OUTSIDE, FROM_ONLINE, FROM_VISITOR = range(5)


MECHANISM_MEANINGS = {
    "seasons": "weekdays and months differ",
    "shock": "purchases fall in the epidemic; off, and here switched on",
    "growth": "prices and incomes move by year (off: those of the base year)",
    "joining": "people take up the card, more at a higher rate",
    "late_limit": "late joiners wait for others, and some never join (off: all would in the end)",
    "first_use_lag": "the first payment comes weeks after the order (off: at once)",
    "launches": "the launch of a district's card draws people to it (off: nobody takes note)",
    "felt_rate": "people expect the mean rate that they would get (off: the best one offered)",
    "dormancy": "holders stop and return, by the rate",
    "neighbours": "joining follows the share of holders nearby",
    "usage_response": "card use at accepting shops rises with the rate (off: as at 3.72 percent)",
    "rate_memory": "card use follows the rate remembered, too (off: that on the next won alone)",
    "place_response": "purchases move to places that got cheaper",
    "online": "online purchases move to local shops",
    "frozen_tastes": "a purchase has the same tastes in all worlds",
    "gravity": "near districts attract more (off: districts attract by their shops alone)",
    "habit": "half of the purchases go to the known shop",
    "visitors": "people from outside hold the card",
    "cashback_held": "cashback is spent weeks later (off: at the next payment)",
    "cashback_settles": "the more cashback is held, the more is used (off: the chance of use is fixed)",
    "charge_ahead": "people charge own money for days ahead (off: at each payment what it needs)",
    "grant_use": "people take the card out to spend grant money (no grant in this policy)",
    "grant_habit": "many who take a grant spend it and nothing else with the card (off: all go on using it)",
    "new_consumption": "baskets grow by a part of the cashback",
    "household_types": "constrained households spend more of it (off: all spend the mean)",
    "time_shift": "storable purchases wait for an announced rise, or come before a cut",
    "plus_decision": "small shops join or leave Plus shops",
    "plus_imitation": "owners imitate Plus shops of their trade and district",
    "plus_help": "the city's help in kind makes owners aware and is worth money to them",
    "second_round": "value added becomes local income and is spent",
    "retail_margin": "retail counts its margin as output, not the till",
}
"""Parts of the model that can be switched off, and what each is, in the order of the day."""


class Declared(NamedTuple):
    """What is declared of a parameter beside its name and its meaning."""

    unit: str
    """Unit of the value, as in the data."""
    en: str
    """Label in English."""
    ko: str
    """Label in Korean."""
    row: str | None = ""
    """Name of its row in the data: "" where that is the parameter's own, None where no row has it."""
    family: str = ""
    """Family of evidence of its prior in data/priors.csv; "" for a row of data/assumptions.csv."""
    mechanisms: Mapping[str, float | None] = MappingProxyType({})
    """Mechanisms that stand on it, each with the value that switches it off; None where another parameter's does."""


# fmt: off
class Parameters(NamedTuple):
    """One set of behaviour; shares are 0-1, responses are ln per percentage point of price."""

    place_response_district: Annotated[float, Declared(
        "ln_per_pp", "semi-elasticity of destination choice, between districts",
        "소비처 선택의 가격 반탄력성, 구 사이",
        row="place_price_response", family="common", mechanisms={"place_response": 0.0},
    )]
    """Purchases at small shops of the city: ln share of a place per point of price gap."""
    place_response_large: Annotated[float, Declared(
        "ln_per_pp", "semi-elasticity of destination choice, large to small shops",
        "소비처 선택의 가격 반탄력성, 대형→소상공인",
        row="place_price_response", family="common", mechanisms={"place_response": 0.0},
    )]
    """Purchases at large or excluded stores of the city."""
    place_response_outside: Annotated[float, Declared(
        "ln_per_pp", "semi-elasticity of destination choice, outside to inside",
        "소비처 선택의 가격 반탄력성, 역외→역내",
        row="place_price_response", family="common", mechanisms={"place_response": 0.0},
    )]
    """Purchases in Seoul, Gyeonggi and elsewhere."""
    place_response_online: Annotated[float, Declared(
        "ln_per_pp", "semi-elasticity of destination choice, online to shops",
        "소비처 선택의 가격 반탄력성, 온라인→점포",
        row="place_price_response", family="common", mechanisms={"place_response": 0.0, "online": 0.0},
    )]
    """Purchases online."""
    place_response_visitor: Annotated[float, Declared(
        "ln_per_pp", "semi-elasticity of destination choice, visitors", "소비처 선택의 가격 반탄력성, 외부 방문객",
        row="place_price_response", family="common", mechanisms={"place_response": 0.0, "visitors": 0.0},
    )]
    """Purchases that visitors make at home."""
    usage_max_share: Annotated[float, Declared(
        "share", "largest share paid with the card", "카드 사용의 최대 비율",
        mechanisms={"usage_response": None},
    )]
    """Share of purchases at accepting shops paid with the card by an average active holder at a high rate."""
    usage_rate_scale_percent: Annotated[float, Declared(
        "percentage_points", "cashback rate at which use of the card levels off", "카드 사용이 포화되는 캐시백률",
        mechanisms={"usage_response": None},
    )]
    """Rate, in percentage points, at which usage has made 63 % of its way."""
    usage_memory_weight: Annotated[float, Declared(
        "share", "weight of the rate remembered in card use", "카드 사용에서 기억된 요율의 가중치",
        mechanisms={"rate_memory": 0.0},
    )]
    """Weight of the rate remembered, against that on the next won, in the rate on which people act at the till."""
    rate_learning_share: Annotated[float, Declared(
        "share", "part of the gap to a payment's rate that memory closes", "결제 한 건마다 기억 요율이 조정되는 비율",
        mechanisms={"rate_memory": None},
    )]
    """Part of the gap between the rate remembered and that of a payment which one payment closes."""
    mpc_constrained: Annotated[float, Declared(
        "share", "marginal propensity to consume, constrained households", "한계소비성향, 유동성 제약 가구",
        family="causal", mechanisms={"new_consumption": 0.0, "household_types": None},
    )]
    """Marginal propensity to consume out of cashback, liquidity-constrained households."""
    mpc_other: Annotated[float, Declared(
        "share", "marginal propensity to consume, other households", "한계소비성향, 그 밖의 가구",
        family="causal", mechanisms={"new_consumption": 0.0, "household_types": None},
    )]
    """The same, other households."""
    basket_response: Annotated[float, Declared(
        "krw_per_krw", "out-of-pocket spending added per won of cashback", "캐시백 1원당 자부담 증가액",
        row=None, mechanisms={"new_consumption": 0.0},
    )]
    """Own money added to a basket per won of cashback it earns (needed only above a propensity of one)."""
    visitor_card_share: Annotated[float, Declared(
        "share", "share of visitors who hold the card", "카드를 보유한 외부 방문객의 비율",
        row="subscriber_share_visitors", mechanisms={"visitors": 0.0},
    )]
    """Members who live outside Incheon, as a share of all members."""
    adoption_p: Annotated[float, Declared(
        "per_month", "adoption: innovation coefficient (Bass)", "가입: 혁신 계수(배스)",
        family="common", mechanisms={"joining": None},
    )]
    """Innovation hazard of those who would join, per month."""
    adoption_q: Annotated[float, Declared(
        "per_month", "adoption: imitation coefficient (Bass)", "가입: 모방 계수(배스)",
        family="common", mechanisms={"joining": None, "neighbours": 0.0},
    )]
    """Imitation hazard of those who would join, per month, where all of the others of them hold the card."""
    potential_share: Annotated[float, Declared(
        "share", "market potential (Bass)", "잠재시장(배스)",
        mechanisms={"joining": 0.0},
    )]
    """Share of residents who would hold the card at the reference rate."""
    potential_odds_ratio_5pp: Annotated[float, Declared(
        "ratio", "market potential: odds ratio per 5 points of rate", "요율 5%p당 잠재시장 오즈비",
        mechanisms={"joining": None},
    )]
    """Odds of that share multiplied by this for five points more."""
    late_joining_per_month: Annotated[float, Declared(
        "per_month", "late adoption a month", "월 후기 가입률",
        mechanisms={"joining": 0.0},
    )]
    """Hazard of joining whatever the rate is, as long as the programme pays: newcomers, the young, the late."""
    late_example: Annotated[float, Declared(
        "ratio", "late adoption only once the card is common (switch)", "카드 보급 이후에만 후기 가입(켜고 끔)",
        mechanisms={"late_limit": 0.0},
    )]
    """1: nobody joins late before the card is common in the home district; 0: as many as ever."""
    late_limit_share: Annotated[float, Declared(
        "share", "residents who join late at all", "늦게라도 가입할 주민의 비율",
        mechanisms={"late_limit": 1.0},
    )]
    """Share of residents who ever join of their own, whatever the rate is; 1: all do."""
    first_use_days: Annotated[float, Declared(
        "days", "days from order to first payment", "신청부터 첫 결제까지 일수",
        mechanisms={"first_use_lag": 0.0},
    )]
    """Mean days from joining to the first payment; 0: cards are in use at once."""
    launch_attention: Annotated[float, Declared(
        "ratio", "joining after a launch, more than before", "카드 출시 직후 가입 증가율",
        mechanisms={"launches": 0.0},
    )]
    """Part by which the hazard of joining is larger on the day on which the district's own card comes out."""
    launch_attention_days: Annotated[float, Declared(
        "days", "days in which attention to a launch fades", "출시 관심의 지속일수",
        mechanisms={"launches": None},
    )]
    """Days after which that has fallen to 37 %."""
    felt_rate_strength: Annotated[float, Declared(
        "ratio", "rate expected: mean in place of the best (switch)", "체감 요율: 최고 요율 대신 평균(켜고 끔)",
        mechanisms={"felt_rate": 0.0},
    )]
    """1: people expect the mean rate that they would get where they buy; 0: the highest rate of the first won."""
    felt_month_krw: Annotated[float, Declared(
        "krw", "month's card payments over which a rate is felt", "체감 요율을 계산하는 월 카드 결제액",
        mechanisms={"felt_rate": None},
    )]
    """Card payments of an ordinary month, won: those over which that mean is taken."""
    dormancy_per_month: Annotated[float, Declared(
        "per_month", "share lapsing a month", "월 휴면율",
        mechanisms={"dormancy": 0.0},
    )]
    """Hazard of an active holder to stop, at the reference rate."""
    return_per_month: Annotated[float, Declared(
        "per_month", "share reactivated a month", "월 재활성률",
        mechanisms={"dormancy": 0.0},
    )]
    """Hazard of a dormant holder to come back, at the reference rate."""
    dormancy_hazard_ratio_5pp: Annotated[float, Declared(
        "ratio", "lapse: hazard ratio per 5 points of rate", "요율 5%p당 휴면 위험비",
        mechanisms={"dormancy": None},
    )]
    """Return hazard multiplied, dormancy hazard divided, by this for five points more."""
    reference_rate_percent: Annotated[float, Declared(
        "percent", "reference rate", "기준 요율",
    )]
    """Rate at which the hazards are stated."""
    active_over_subscribers: Annotated[float, Declared(
        "share", "active users over subscribers", "가입자 대비 이용자 비율",
        family="common",
    )]
    """Share of members active at the start."""
    habit_share: Annotated[float, Declared(
        "share", "share at regular shops (store loyalty)", "단골 점포 이용 비율(상태의존)",
        mechanisms={"habit": 0.0},
    )]
    """Share of purchases made at the known shop of the trade and district."""
    cashback_use_share: Annotated[float, Declared(
        "share", "share of cashback spent", "캐시백을 사용하는 비율",
        mechanisms={"cashback_held": 1.0},
    )]
    """Chance that a card payment uses the cashback held."""
    cashback_use_growth: Annotated[float, Declared(
        "ratio", "growth of cashback use with what is held (switch)", "보유 캐시백에 따른 사용 증가(켜고 끔)",
        mechanisms={"cashback_held": None, "cashback_settles": 0.0},
    )]
    """1: a payment uses a fixed part of the cashback held; 0: its chance to use any is fixed."""
    charge_days: Annotated[float, Declared(
        "days", "days of card spending in a charge", "충전 한 번에 담는 카드 사용일수",
        mechanisms={"charge_ahead": 0.0},
    )]
    """Days of card spending that people charge ahead when own money on the card runs short."""
    grant_use_share: Annotated[float, Declared(
        "share", "share of eligible purchases paid with grant money", "정책수당으로 결제하는 비율",
        mechanisms={"grant_use": 0.0},
    )]
    """Chance that a purchase which grant money on the card can pay is paid with it."""
    grant_habit_share: Annotated[float, Declared(
        "share", "grant takers who go on using the card", "정책수당 수령 후 카드를 계속 쓰는 비율",
        mechanisms={"grant_habit": 1.0},
    )]
    """Of those who take a grant and whose card is not in use, the part who pay own money with it from then on."""
    time_shift_response: Annotated[float, Declared(
        "ln_per_pp", "intertemporal substitution: response", "기간 간 대체의 반응",
        mechanisms={"time_shift": 0.0},
    )]
    """Share of storable purchases moved across an announced change, per point of the change."""
    plus_awareness_per_month: Annotated[float, Declared(
        "per_month", "Plus: shops becoming aware a month", "혜택플러스 월 인지율",
        mechanisms={"plus_decision": 0.0},
    )]
    """Share of shops that think about becoming a Plus shop in a month."""
    plus_imitation: Annotated[float, Declared(
        "ratio", "Plus: imitation of shops of the same sector", "혜택플러스 동일 업종 모방 효과",
        mechanisms={"plus_decision": 0.0, "plus_imitation": 0.0},
    )]
    """What that share gains per share of Plus shops among shops of the trade and district."""
    plus_help_strength: Annotated[float, Declared(
        "ratio", "Plus: help in kind (switch)", "혜택플러스 현물 지원(켜고 끔)",
        mechanisms={"plus_decision": 0.0, "plus_help": 0.0},
    )]
    """1: help in kind for Plus shops counts as stated; 0: it does nothing."""
    plus_expected_extra_share: Annotated[float, Declared(
        "share", "Plus: extra sales expected", "혜택플러스 기대 추가 매출",
        mechanisms={"plus_decision": None},
    )]
    """Extra sales an owner expects, per unit of card share of sales and five points of total cut."""
    own_region_value_added: Annotated[float, Declared(
        "krw_per_krw", "regional value-added inducement coefficient", "지역내 부가가치유발계수",
        family="common", mechanisms={"second_round": None},
    )]
    """City value added per won of output."""
    local_income_share: Annotated[float, Declared(
        "share", "share that becomes local income", "지역 소득이 되는 비율",
        mechanisms={"second_round": None},
    )]
    """Share of city value added that becomes residents' income."""
    second_round_propensity: Annotated[float, Declared(
        "share", "induced effect: propensity to spend", "소득 유발효과: 소비성향",
        mechanisms={"second_round": 0.0},
    )]
    """Share of that income spent in the following month."""
    second_round_own_district_share: Annotated[float, Declared(
        "share", "induced effect: share in the own district", "소득 유발효과: 자기 구 비율",
    )]
    """Share of the income earned by residents of the shop's district."""
    season_strength: Annotated[float, Declared(
        "ratio", "days and seasons (switch)", "요일·계절 요인(켜고 끔)",
        mechanisms={"seasons": 0.0},
    )]
    """1: weekdays and months differ as stated; 0: all days are alike."""
    shock_strength: Annotated[float, Declared(
        "ratio", "exogenous demand shock (switch)", "외생 수요충격(켜고 끔)",
        mechanisms={"shock": 1.0},
    )]
    """0: no shock from outside; 1: the shock index of 2020 as assumed."""
    growth_strength: Annotated[float, Declared(
        "ratio", "prices and incomes by year (switch)", "연도별 물가·소득(켜고 끔)",
        mechanisms={"growth": 0.0},
    )]
    """1: amounts follow the index of spending by year; 0: those of the base year in every year."""
    frozen_tastes: Annotated[float, Declared(
        "ratio", "common random numbers between scenarios (switch)", "시나리오 간 공통난수(켜고 끔)",
        mechanisms={"frozen_tastes": 0.0},
    )]
    """1: a purchase has the same tastes in all worlds; 0: each world draws its own."""
# fmt: on


def _declarations() -> dict[str, Declared]:
    found = {}
    for name, hint in get_type_hints(Parameters, include_extras=True).items():
        (declared,) = hint.__metadata__
        found[name] = declared._replace(row=name) if declared.row == "" else declared
    return found


DECLARED = _declarations()
"""What is declared of every parameter, by name."""


def parameter_labels(language: str) -> dict[str, str]:
    """Return the label of every parameter by name in a language, "ko" or "en"."""
    return {name: declared.ko if language == "ko" else declared.en for name, declared in DECLARED.items()}


def without_joining(parameters: Parameters) -> Parameters:
    """Return the same behaviour with nobody joining of their own."""
    return parameters._replace(potential_share=0.0, late_joining_per_month=0.0)
