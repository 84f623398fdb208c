"""Numbers read as people write them."""

import pytest

from eum.output.report import number_format


@pytest.mark.parametrize(
    ("won", "korean", "english"),
    [
        (505_000_000.0, "5.05억원", "505.0 million won"),
        (83_800_000_000.0, "838.0억원", "83.8 billion won"),
        (1_291_600_000_000.0, "1.29조원", "1.29 trillion won"),
        (321_000.0, "32만원", "321,000 won"),
        (1_234.0, "1,234원", "1,234 won"),
        (0.0, "0원", "0 won"),
        (-250_000_000.0, "-2.50억원", "-250.0 million won"),
        (float("nan"), "–", "–"),
    ],
)
def test_money_takes_the_unit_of_its_size(won: float, korean: str, english: str) -> None:
    assert number_format.money(won, "ko") == korean
    assert number_format.money(won, "en") == english


def test_nothing_is_ever_minus_zero() -> None:
    assert number_format.number(-0.01, 1) == "0.0"
    assert number_format.percent(-0.00001) == "0.0%"
    assert number_format.points(-0.00001, "ko") == "0.0%p"


def test_differences_carry_their_sign() -> None:
    assert number_format.points(0.0084, "en", 2) == "+0.84 pp"
    assert number_format.points(-0.0084, "ko") == "-0.8%p"


def test_dates_are_words() -> None:
    assert number_format.date("2020-03-16", "ko") == "2020년 3월 16일"
    assert number_format.date("2020-03-16", "en") == "16 March 2020"
    assert number_format.date("", "ko") == number_format.NOTHING


def test_an_interval_without_an_end_is_no_interval() -> None:
    assert number_format.interval("1", number_format.NOTHING) == number_format.NOTHING
    assert number_format.interval("-3", "4") == "-3 ~ 4"
