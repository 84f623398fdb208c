"""A policy in plain words, Korean and English."""

from sim.policy.model import Budget, CityPeriod, FeeSupport, Plus, Policy, Tier, TopUp

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


def _percent(percent: float) -> str:
    return f"{percent:g} %"


def _won_ko(amount_krw: int) -> str:
    for unit, name in ((100_000_000, "억원"), (10_000, "만원")):
        if amount_krw >= unit and amount_krw % (unit // 10_000) == 0:
            return f"{amount_krw / unit:,.4f}".rstrip("0").rstrip(".") + name
    return f"{amount_krw:,}원"


def _tier_ko(t: Tier) -> str:
    start = f"{_won_ko(t.from_krw)} 초과 " if t.from_krw else ""
    end = f"{_won_ko(t.to_krw)}까지 " if t.to_krw else "한도 없이 "
    return f"{start}{end}{_percent(t.rate_percent)}"


def _tier_en(t: Tier) -> str:
    start = f" above {t.from_krw:,}" if t.from_krw else ""
    end = f" up to {t.to_krw:,} won" if t.to_krw else " without a limit"
    return f"{_percent(t.rate_percent)}{start}{end}"


def _tiers(tiers: tuple[Tier, ...], language: str) -> str:
    if language == "ko":
        return "월 사용액 " + ", ".join(map(_tier_ko, tiers))
    return ", ".join(map(_tier_en, tiers)) + " of a month's spending"


def _period(part: CityPeriod | TopUp | Plus | FeeSupport, language: str) -> str:
    if part.end is None:
        return f"{part.start}부터" if language == "ko" else f"from {part.start}"
    return f"{part.start}부터 {part.end}까지" if language == "ko" else f"{part.start} to {part.end}"


def _city(p: CityPeriod, language: str) -> str:
    tiers, nation, city = _tiers(p.tiers, language), _percent(p.national_percent), _percent(p.city_percent)
    if language == "ko":
        told = f", {p.announced} 발표" if p.announced else ""
        return f"시 캐시백 {tiers} (국비 {nation}, 시비 {city}{told})"
    told = f"; announced {p.announced}" if p.announced else ""
    return f"the city's cashback is {tiers} (nation {nation}, city {city}{told})"


def _top_up(p: TopUp, language: str) -> str:
    tiers = _tiers(p.tiers, language)
    if language == "ko":
        return f"{_AREAS_KO[p.district]} 추가 캐시백(구 카드를 구 안에서 쓸 때) {tiers}"
    return f"{p.district} adds, for its own card used in its shops, {tiers}"


def _plus(p: Plus, language: str) -> str:
    discount = f"{p.discount_low_percent:g}-{_percent(p.discount_high_percent)}"
    top_up = _percent(p.top_up_percent)
    if language == "ko":
        card = "구 카드" if p.card == "own" else "모든 이음카드"
        extra = f", 추가 캐시백 {top_up}({card})" if p.top_up_percent else ""
        return f"{_AREAS_KO[p.area]} 혜택플러스 가맹점 할인 {discount}{extra}"
    card = "its own card" if p.card == "own" else "any e-eum card"
    extra = f", and {top_up} more cashback with {card}" if p.top_up_percent else ""
    return f"Plus shops in {p.area} give {discount} off{extra}"


def _fee_support(p: FeeSupport, language: str) -> str:
    rate, limit = _percent(p.rate_percent), p.ordinary_shops_up_to_krw
    if language == "ko":
        ordinary = f"연매출 {_won_ko(limit)} 이하 가맹점" if limit else ""
        who = ", ".join(w for w in ("혜택플러스 가맹점" if p.plus_shops else "", ordinary) if w)
        return f"{_AREAS_KO[p.district]} 카드 수수료 지원 결제액의 {rate} ({who})"
    ordinary = f"shops with sales up to {limit:,} won a year" if limit else ""
    who = " and ".join(w for w in ("Plus shops" if p.plus_shops else "", ordinary) if w)
    return f"{p.district} pays {rate} of card payments towards the fees of {who}"


def _budget(b: Budget, language: str) -> str:
    more = sum(s.amount_krw for s in b.supplements)
    if language == "ko":
        payer = _AREAS_KO.get(b.payer, "국비와 시비")
        added = f", 추가 편성 {_won_ko(more)}" if more else ""
        return f"예산 {b.id}: {_won_ko(b.amount_krw)}{added} ({payer}{', 가정' if b.confidence == 'J' else ''})"
    payer = "nation and city" if b.payer == "city" else b.payer
    added = f" and {more:,} won added later" if more else ""
    assumed = ", an assumption" if b.confidence == "J" else ""
    return f"budget {b.id}: {b.amount_krw:,} won{added}, paid by {payer}{assumed}"


def summary(policy: Policy, language: str) -> list[str]:
    """Return a policy as sentences, in "ko" or "en": who gets what, when, and out of which budget."""
    lines = [f"{_period(p, language)}: {_city(p, language)}" for p in policy.city]
    lines += [f"{_period(p, language)}: {_top_up(p, language)}" for p in policy.top_up]
    lines += [f"{_period(p, language)}: {_plus(p, language)}" for p in policy.plus]
    lines += [f"{_period(p, language)}: {_fee_support(p, language)}" for p in policy.fee_support]
    lines += [_budget(b, language) for b in policy.budget]
    return lines or ["아무 정책도 없습니다." if language == "ko" else "Nothing is promised."]
