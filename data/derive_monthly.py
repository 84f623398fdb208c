"""Derive data/observed_monthly.csv from the city's open data: sums by month, no more of the tables than that.

    python data/derive_monthly.py FOLDER

FOLDER holds the tables of data set 15067973 of data.go.kr as monthly sums: `panel_cards.csv` (month, card,
charges_krw, payments_krw) and `panel_payments.csv` (month, district, trade, payments_krw; an empty cell is not
known). They are no part of this package. Trades are gathered as `trade_groups.csv` says.
"""

import argparse
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
SOURCE = "data-go-kr-15067973"
LACKS = "Without Ganghwa, whose figures of this month are impossible"
OF_BRANDS = "Sum over brands"
OF_TRADES = "Sum over trades"


def of_cards(cards: pd.DataFrame) -> pd.DataFrame:
    """Return charges and payments of each brand that exists, and of all of them, by month."""
    long = cards.rename(columns={"charges_krw": "issuance", "payments_krw": "payments"})
    long = long.melt(["month", "card"], ["payments", "issuance"], "metric")
    every = long.groupby(["month", "metric"], as_index=False)["value"].sum().assign(scope="incheon", note=OF_BRANDS)
    there = long.groupby("card")["value"].transform("sum") > 0
    brands = long[there & (long["value"] > 0)]
    return pd.concat([every, brands.assign(scope="card_" + brands["card"], note="")])


def of_shops(paid: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Return payments by district of the shop, and of the whole city by group of trades, by month."""
    known = paid.dropna(subset=["payments_krw"]).rename(columns={"payments_krw": "value"})
    districts = known.groupby(["month", "district"], as_index=False)["value"].sum()
    districts = districts.assign(scope=districts["district"], metric="payments_in_district", note=OF_TRADES)
    group = "trade_" + known["trade"].map(groups.set_index("trade")["trade_group"])
    trades = known.assign(scope=group).groupby(["month", "scope"], as_index=False)["value"].sum()
    lacking = trades["month"].isin(paid.loc[paid["payments_krw"].isna(), "month"])
    return pd.concat([districts, trades.assign(metric="payments", note=lacking.map({True: LACKS, False: ""}))])


def derived(folder: Path) -> pd.DataFrame:
    """Return the table as it stands in the package, from the tables of a folder."""
    cards, paid = (pd.read_csv(folder / f"panel_{name}.csv") for name in ("cards", "payments"))
    rows = pd.concat([of_cards(cards), of_shops(paid, pd.read_csv(HERE / "trade_groups.csv"))])
    days = pd.PeriodIndex(rows["month"], freq="M")
    rows = rows.assign(
        period_start=days.start_time.strftime("%Y-%m-%d"),
        period_end=days.end_time.strftime("%Y-%m-%d"),
        value=rows["value"].astype("int64"),
        unit="krw",
        source_id=SOURCE,
        confidence=rows["scope"].str.startswith("card_").map({True: "A", False: "D"}),
    )
    names = ["period_start", "period_end", "scope", "metric", "value", "unit", "source_id", "confidence", "note"]
    return rows.sort_values(["metric", "scope", "period_start"])[names]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of panel_cards.csv and panel_payments.csv")
    derived(parser.parse_args().folder).to_csv(HERE / "observed_monthly.csv", index=False, lineterminator="\n")
