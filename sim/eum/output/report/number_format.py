"""Numbers as people read them: won, percent, points, counts, dates; in Korean and in English."""

import datetime
import math
import re

NOTHING = "–"
"""What stands where the study has no number."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def number(value: float, digits: int = 0) -> str:
    """Return a number with thousands separators; no minus before a zero. `number(-1234.56, 1) == '-1,234.6'`."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def with_minus(text: str, minus: str = "\u2212") -> str:
    """Return text with a printed minus before numbers below zero, so that `-3 ~ -1` cannot be misread.

    Dates, ranges and names keep their hyphens. `with_minus('2020-03-16: -3') == '2020-03-16: \u22123'`.
    """
    return re.sub(r"(?<![\w)\]-])-(?=\d)", minus, text)


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign, plus included; zero has none. `signed(0.84) == '+0.8'`."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def plain(value: float) -> str:
    """Return a number of unknown size with at most four digits after the first. `plain(0.00451) == '0.00451'`."""
    if not math.isfinite(value):
        return NOTHING
    if abs(value) >= 1000:
        return number(value)
    return f"{value:.4g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"


def percent(share: float, digits: int = 1) -> str:
    """Return a share (0-1) in percent. `percent(0.512) == '51.2%'`."""
    return f"{number(100 * share, digits)}%" if math.isfinite(share) else NOTHING


def scale(share: float) -> str:
    """Return the share of people that is simulated in percent. `scale(0.05) == '5%'`."""
    return percent(share, 2).replace(".00%", "%")


def points(share: float, language: str, digits: int = 1) -> str:
    """Return a difference of shares (0-1) in percentage points. `points(0.008, 'en') == '+0.8 pp'`."""
    if not math.isfinite(share):
        return NOTHING
    return signed(100 * share, digits) + ("%p" if language == "ko" else " pp")


def per_hundred(ratio: float) -> str:
    """Return a ratio of won to won as won per 100 won, without the unit. `per_hundred(2.87) == '287'`."""
    return number(100 * ratio)


def interval(low: str, high: str) -> str:
    """Return a range of two formatted values. `interval('1', '2') == '1 ~ 2'`."""
    return f"{low} ~ {high}" if NOTHING not in (low, high) else NOTHING


def money(won: float, language: str) -> str:
    """Return an amount in the unit of its size: 조, 억, 만 in Korean; billion and million in English.

    `money(505e6, 'ko') == '5.05억원'`, `money(505e6, 'en') == '505.0 million won'`.
    """
    if not math.isfinite(won):
        return NOTHING
    for size, unit in _SIZES[language]:
        if abs(won) >= size:
            return f"{number(won / size, 0 if size == 1e4 else _digits(won / size))}{unit}"
    return number(won) + ("원" if language == "ko" else " won")


_SIZES = {
    "ko": ((1e12, "조원"), (1e8, "억원"), (1e4, "만원")),
    "en": ((1e12, " trillion won"), (1e9, " billion won"), (1e6, " million won")),
}


def _digits(value: float) -> int:
    """Return digits after the point that leave three to four in all."""
    return 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0


AXIS_KRW = {"ko": 1e8, "en": 1e6}
"""Won per unit of an axis of amounts: 억원 in Korean, million won in English."""


def date(iso: str, language: str) -> str:
    """Return an ISO date in words; nothing for an empty one. `date('2020-03-16', 'ko') == '2020년 3월 16일'`."""
    if not iso:
        return NOTHING
    day = datetime.date.fromisoformat(iso)
    if language == "ko":
        return f"{day.year}년 {day.month}월 {day.day}일"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(iso: str, language: str) -> str:
    """Return an ISO date without its year. `short_date('2020-03-16', 'ko') == '3월 16일'`, in English '16 March'."""
    day = datetime.date.fromisoformat(iso)
    return f"{day.month}월 {day.day}일" if language == "ko" else f"{day.day} {_MONTHS[day.month - 1]}"


def month_name(month: int, language: str) -> str:
    """Return the short name of a month. `month_name(3, 'ko') == '3월'`."""
    return f"{month}월" if language == "ko" else _MONTHS[month - 1][:3]
