"""A policy in plain words, Korean and English."""

from sim.policy.model import CityPeriod, FeeSupport, Plus, Policy, Tier, TopUp

_AREAS_KO = {
    "incheon": "인천 전역",
    "jung": "중구",
    "dong": "동구",
    "michuhol": "미추홀구",
    "yeonsu": "연수구",
    "namdong": "남동구",
    "bupyeong": "부평구",
    "gyeyang": "계양구",
    "seo": "서구",
    "ganghwa": "강화군",
    "ongjin": "옹진군",
}


def _number(percent: float) -> str:
    return f"{percent:g}"


def _tiers_ko(tiers: tuple[Tier, ...]) -> str:
    def part(t: Tier) -> str:
        end = f"{t.to_krw // 10_000:,}만원까지" if t.to_krw else "한도 없음"
        return f"월 {t.from_krw // 10_000:,}만원 초과 {end} {_number(t.rate_percent)} %"

    return ", ".join(part(t) for t in tiers)


def _tiers_en(tiers: tuple[Tier, ...]) -> str:
    def part(t: Tier) -> str:
        end = f"up to {t.to_krw:,} won" if t.to_krw else "without limit"
        return f"{_number(t.rate_percent)} % above {t.from_krw:,} {end}"

    return ", ".join(part(t) for t in tiers)


def _period(part: CityPeriod | TopUp | Plus | FeeSupport) -> str:
    return f"{part.start} ~ {part.end or ''}".strip()


def _korean(policy: Policy) -> list[str]:
    lines = [
        f"{_period(p)}: 시 캐시백 {_tiers_ko(p.tiers)} "
        f"(국비 {_number(p.national_percent)} %, 시비 {_number(p.city_percent)} %)"
        for p in policy.city
    ]
    lines += [
        f"{_period(p)}: {_AREAS_KO[p.district]} 추가 캐시백(구 카드로 구 안에서) {_tiers_ko(p.tiers)}"
        for p in policy.top_up
    ]
    for p in policy.plus:
        top_up = f", 추가 캐시백 {_number(p.top_up_percent)} %" if p.top_up_percent else ""
        discount = f"{_number(p.discount_low_percent)}-{_number(p.discount_high_percent)} %"
        lines.append(f"{_period(p)}: {_AREAS_KO[p.area]} 혜택플러스 가맹점 할인 {discount}{top_up}")
    for f in policy.fee_support:
        limit = (
            f"연매출 {f.ordinary_shops_up_to_krw // 100_000_000:,}억원 이하 가맹점"
            if f.ordinary_shops_up_to_krw
            else ""
        )
        who = ", ".join(w for w in ("혜택플러스 가맹점" if f.plus_shops else "", limit) if w)
        lines.append(f"{_period(f)}: {_AREAS_KO[f.district]} 수수료 지원 {_number(f.rate_percent)} % ({who})")
    lines += [f"예산 {b.id}: {b.amount_krw / 1e8:,.1f}억원 ({_AREAS_KO.get(b.payer, '시')})" for b in policy.budget]
    return lines or ["아무 정책도 없습니다."]


def _english(policy: Policy) -> list[str]:
    lines = [
        f"{_period(p)}: city cashback {_tiers_en(p.tiers)} a month "
        f"(nation {_number(p.national_percent)} %, city {_number(p.city_percent)} %)"
        for p in policy.city
    ]
    lines += [
        f"{_period(p)}: {p.district} adds, for its own card used in its shops, {_tiers_en(p.tiers)} a month"
        for p in policy.top_up
    ]
    for p in policy.plus:
        top_up = f", and {_number(p.top_up_percent)} % more cashback" if p.top_up_percent else ""
        discount = f"{_number(p.discount_low_percent)}-{_number(p.discount_high_percent)} %"
        lines.append(f"{_period(p)}: Plus shops in {p.area} give {discount} off{top_up}")
    for f in policy.fee_support:
        limit = (
            f"shops with sales up to {f.ordinary_shops_up_to_krw:,} won a year" if f.ordinary_shops_up_to_krw else ""
        )
        who = ", ".join(w for w in ("Plus shops" if f.plus_shops else "", limit) if w)
        lines.append(
            f"{_period(f)}: {f.district} pays {_number(f.rate_percent)} % of card payments towards fees ({who})"
        )
    lines += [f"budget {b.id}: {b.amount_krw:,} won, paid by {b.payer}" for b in policy.budget]
    return lines or ["Nothing is promised."]


def summary(policy: Policy, language: str) -> list[str]:
    """Return a policy as sentences, in "ko" or "en": who gets what, when, and out of which budget."""
    return _korean(policy) if language == "ko" else _english(policy)
