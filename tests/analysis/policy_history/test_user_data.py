"""Own figures are checked line by line and set beside the model's and the published ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.policy_history.user_data import (
    INDICATORS,
    compared_with_user_data,
    read_own,
    require_inside,
    shown_months,
)
from eum.city.data import CityData, load_city_data
from eum.errors import InputError

HEADER = "period_start,period_end,indicator,value,unit"
JUNE = "2019-06-01,2019-06-30,payments,140000000000,krw"


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


def written(folder: Path, *lines: str) -> Path:
    file = folder / "우리 카드.csv"
    file.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return file


def daily(start: str, end: str) -> pd.DataFrame:
    dates = pd.date_range(start, end).strftime("%Y-%m-%d")
    paid = {"card_payments_krw": 1000, "cashback_krw": 60, "subscribers": np.arange(len(dates)) + 1}
    return pd.DataFrame({"date": dates, **paid})


def test_own_figures_stand_beside_those_of_the_model_and_the_papers(package: CityData, tmp_path: Path) -> None:
    lines = (
        JUNE,
        "2019-06-01,2019-06-30,cashback_rate_effective,6.1,percent_of_payments",
        "2019-06-01,2019-06-30,subscribers,500000,persons",
        "2019-06-10,2019-06-11,cashback_paid,9000,krw",
    )
    rows = compared_with_user_data(package, read_own(written(tmp_path, *lines)), daily("2019-06-01", "2019-06-30"), 0.5)
    assert rows["own"].tolist() == [140e9, 6.1, 500000, 9000]
    assert rows["simulated"].tolist() == pytest.approx([30 * 1000 / 0.5, 6.0, 30 / 0.5, 2 * 60 / 0.5])
    assert rows["published_low"].tolist()[:1] == [133.0e9], "papers differ"
    assert rows["published_high"].tolist()[:1] == [138.4e9]
    assert rows.loc[2, ["published_low", "published_high"]].tolist() == [497945, 503000], "counted at the end"
    assert rows.loc[[1, 3], "published_low"].isna().all(), "nothing was published of these days"


def test_money_is_shown_in_eok_and_what_was_not_published_as_a_dash(package: CityData, tmp_path: Path) -> None:
    told = shown_months(
        compared_with_user_data(package, read_own(written(tmp_path, JUNE)), daily("2019-06-01", "2019-06-30"), 1e-6)
    )
    expected = ["2019-06", "payments (억원)", "1,400.0", "300.0", "1,330.0", "1,384.0", "0.21"]
    assert told.iloc[0].tolist() == expected
    line = "2019-06-10,2019-06-11,cashback_paid,9000,krw"
    assert shown_months(
        compared_with_user_data(package, read_own(written(tmp_path, line)), daily("2019-06-01", "2019-06-30"), 1.0)
    )["published low"].tolist() == ["-"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2019-06-31,2019-06-30,payments,1,krw", "line 2, column period_start: 2019-06-31: expected a day like"),
        ("2019-06-30,2019-06-01,payments,1,krw", "column period_start: 2019-06-30: expected period_start up to"),
        ("2019-06-01,2019-06-30,sales,1,krw", "column indicator: sales: expected one of payments, cashback_paid"),
        ("2019-06-01,2019-06-30,payments,a lot,krw", "column value: a lot: expected a number"),
        ("2019-06-01,2019-06-30,payments,-1,krw", "column value: -1: expected 0 or more"),
        ("2019-06-01,2019-06-30,payments,1400,억원", "column unit: 억원: expected krw for payments"),
        ("2019-06-01,2019-06-30,subscribers,5,krw", "column unit: krw: expected persons for subscribers"),
        ("2019-06-01,2019-06-30,payments,1", "line 2: 4 cells: expected 5 cells"),
        (f"{JUNE}\n{JUNE}", "line 3, column period_start, period_end, indicator"),
        ("", "no rows; expected at least one figure"),
    ],
)
def test_a_fault_is_reported_with_its_line_and_column(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(InputError) as told:
        read_own(written(tmp_path, line))
    assert fault in str(told.value) and "우리 카드.csv" in str(told.value) and "\n" not in str(told.value)


def test_a_missing_file_and_a_wrong_header_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; expected a table with period_start"):
        read_own(tmp_path / "nowhere.csv")
    (tmp_path / "own.csv").write_text("month,krw\n2019-06,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="month: unknown column: expected one of period_start"):
        read_own(tmp_path / "own.csv")


def test_a_period_outside_the_days_run_is_refused(tmp_path: Path) -> None:
    own = read_own(written(tmp_path, JUNE))
    require_inside(own, Path("own.csv"), "2019-06-01", "2019-06-30")
    with pytest.raises(InputError, match="2019-06-01 to 2019-06-30: expected periods inside the days run, 2019-06-02"):
        require_inside(own, Path("own.csv"), "2019-06-02", "2019-07-31")


def test_every_indicator_is_a_metric_of_the_observed_figures(package: CityData) -> None:
    units = package.table("observed").query("scope == 'incheon'").groupby("metric")["unit"].first()
    assert {name: units[name] for name in INDICATORS} == {name: found.unit for name, found in INDICATORS.items()}
