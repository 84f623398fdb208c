"""How values stand in sentences, each in both directions: written as words, and read back from a pattern of them."""

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple


class TextFormat(NamedTuple):
    """One way to write a value: the pattern of its text, and the two directions, inverse to each other."""

    pattern: str
    write: Callable[[Any], str]
    read: Callable[[str], Any]


def _won_ko(krw: int) -> str:
    """Return won in the largest unit that keeps the number short and exact.

    >>> _won_ko(252_500_000), _won_ko(300_000), _won_ko(12_345)
    ('2.525억원', '30만원', '12,345원')
    """
    trillion = (1_000_000_000_000, 100_000_000_000, "조원")
    for unit, step, name in (trillion, (100_000_000, 10_000, "억원"), (10_000, 1_000, "만원")):
        if krw >= unit and krw % step == 0:
            digits = f"{Decimal(krw) / unit:,f}"
            return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + name
    return f"{krw:,}원"


_UNITS_KO = {"조원": 1_000_000_000_000, "억원": 100_000_000, "만원": 10_000, "원": 1}


def _won_from_ko(text: str) -> int:
    unit = next(name for name in _UNITS_KO if text.endswith(name))
    return int(Decimal(text.removesuffix(unit).replace(",", "")) * _UNITS_KO[unit])


WON_KO = TextFormat(r"[\d,]+(?:\.\d+)?(?:조원|억원|만원|원)", _won_ko, _won_from_ko)
WON_EN = TextFormat(
    r"[\d,]+ won", lambda krw: f"{krw:,} won", lambda text: int(text.removesuffix(" won").replace(",", ""))
)
PERCENT = TextFormat(r"\d+(?:\.\d+)? %", lambda percent: f"{percent:g} %", lambda text: float(text.removesuffix(" %")))
WHOLE_PERCENT = TextFormat(r"\d+ %", lambda percent: f"{percent} %", lambda text: int(text.removesuffix(" %")))
DATE_FORMAT = TextFormat(r"\d{4}-\d\d-\d\d", lambda date: date.isoformat(), datetime.date.fromisoformat)
NAME = TextFormat(r"[\w.-]+", str, str)


def one_of(texts: list[str]) -> str:
    """Return the pattern of one of some texts, longer ones tried first."""
    return "(?:" + "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) + ")"


def choice(words: Mapping[str, str]) -> TextFormat:
    """Return the format of a code that has a word; "true" and "false" stand for yes and no."""
    values: dict[str, Any] = {code: {"true": True, "false": False}.get(code, code) for code in words}
    words_of = {value: words[code] for code, value in values.items()}
    codes = {words[code]: value for code, value in reversed(values.items())}
    return TextFormat(one_of(list(codes)), words_of.__getitem__, codes.__getitem__)


def some_of(words: Mapping[str, str], join: str, without: str) -> TextFormat:
    """Return the format of a list of codes: their words, or `without` around the others where most are named."""
    word = one_of(list(words.values()))
    listed = f"{word}(?:{re.escape(join)}{word})*"
    before, after = map(re.escape, without.split("{words}"))
    codes = {text: code for code, text in words.items()}

    def write(chosen: tuple[str, ...]) -> str:
        others = [text for code, text in words.items() if code not in chosen]
        if others and len(others) < len(words) / 2:
            return without.replace("{words}", join.join(others))
        return join.join(words[code] for code in chosen)

    def read(text: str) -> list[str]:
        excluding = re.fullmatch(before + f"({listed})" + after, text)
        named = {codes[found] for found in re.findall(word, excluding[1] if excluding else text)}
        return [code for code in words if (code in named) != bool(excluding)]

    return TextFormat(f"(?:{before}{listed}{after}|{listed})", write, read)
