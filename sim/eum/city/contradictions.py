"""Rows of a data package that each may stand and cannot all be true: something where there is nobody or nothing."""

import pandas as pd

from eum.city.schema import TableFault, TableSchema
from eum.dimensions import DISTRICTS

_POPULATION = "population_dec2019_estimate"

_NEEDS = (
    ("subscriber_age_share", "age_share", "item", "as nobody is of this age"),
    ("plus_shops_initial", "shop_share", "area", "as the district has no shops"),
)
"""An assumption, the one without which it can only be zero, the column that names the cell, and why."""

_POSITIVE = ("own_distance_km", "ticket_mean_krw", "shop_band_sales_krw")
"""Assumptions of which zero is no size."""

_POSITIVE_FACTS = ("population_14_plus", "card_spending_residents", "card_spending_residents_inside")
"""Facts of the whole city without which there is nothing to simulate."""


def find_contradictions(tables: dict[str, TableSchema]) -> list[TableFault]:
    """Return what cannot be: members, shops or money where other rows say that there is nobody or nothing.

    A district without people, an age band, a trade or a kind of shop that a city does not have are no faults.
    """
    found = []
    if "city_base" in tables:
        found += _nobody_at_all(tables["city_base"]) + _no_facts(tables["city_base"])
    if "city_base" in tables and "observed" in tables:
        found += _members_of_nobody(tables["city_base"], tables["observed"])
    if "assumptions" in tables:
        found += _without_what_they_need(tables["assumptions"]) + _without_size(tables["assumptions"])
    if "city_base" in tables and "assumptions" in tables:
        found += _visitors(tables["city_base"], tables["assumptions"])
    return found


def _population(table: TableSchema) -> pd.Series:
    """Return the rows of the residents of districts, by number of the row."""
    rows = table.rows
    return rows.loc[(rows["metric"] == _POPULATION) & rows["area"].isin(DISTRICTS), "value"]


def _nobody_at_all(table: TableSchema) -> list[TableFault]:
    people = _population(table)
    if people.empty or not (people == 0).all():
        return []
    return [table.finding(int(people.index[0]), "value", "people in at least one district")]


def _no_facts(table: TableSchema) -> list[TableFault]:
    rows = table.rows
    wrong = rows[rows["metric"].isin(_POSITIVE_FACTS) & (rows["area"] == "incheon") & (rows["value"] <= 0)]
    full = rows[(rows["metric"] == "inflow_share_bok") & (rows["area"] == "incheon") & (rows["value"] >= 100)]
    return [
        *(table.finding(int(row), "value", "more than 0") for row in wrong.index),
        *(table.finding(int(row), "value", "less than 100, as residents spend something") for row in full.index),
    ]


def _members_of_nobody(facts: TableSchema, observed: TableSchema) -> list[TableFault]:
    """Persons counted with the card in a district, or with its own card, are people of the district."""
    people, rows, found = _population(facts), observed.rows, []
    for row in people.index[people == 0]:
        district = facts.rows["area"][row]
        of_it = rows["scope"].isin((district, f"card_{district}")) & (rows["unit"] == "persons") & (rows["value"] > 0)
        expected = f"0, as nobody lives in {district} ({facts.file}, line {facts.lines[row]})"
        found += [observed.finding(int(counted), "value", expected) for counted in rows.index[of_it]]
    return found


def _without_what_they_need(table: TableSchema) -> list[TableFault]:
    rows, found = table.rows, []
    for parameter, needed, column, why in _NEEDS:
        none = rows[(rows["parameter"] == needed) & (rows["value"] == 0)]
        lines = {none[column][row]: table.lines[row] for row in none.index}
        some = rows[(rows["parameter"] == parameter) & (rows["value"] > 0)]
        for row in some.index[some[column].isin(list(lines))]:
            expected = f"0, {why} ({needed}, line {lines[some[column][row]]})"
            found.append(table.finding(int(row), "value", expected))
    return found


def _without_size(table: TableSchema) -> list[TableFault]:
    rows = table.rows
    wrong = rows.index[rows["parameter"].isin(_POSITIVE) & (rows["value"] == 0)]
    spent = rows.loc[rows["parameter"] == "spending_relative_by_age", "value"]
    nothing = spent.index[: int(len(spent) > 0 and (spent == 0).all())]
    return [
        *(table.finding(int(row), "value", "more than 0") for row in wrong),
        *(
            table.finding(int(row), "value", "more than 0 for some age, as residents spend something")
            for row in nothing
        ),
    ]


def _visitors(facts: TableSchema, assumptions: TableSchema) -> list[TableFault]:
    """Where people from outside spend something, they come from somewhere and spend a part of their money here."""
    rows, given = facts.rows[facts.rows["area"] == "incheon"], assumptions.rows
    inflow = rows.loc[rows["metric"] == "inflow_share_bok", "value"]
    if not (inflow > 0).any():
        return []
    found = []
    origins = rows.loc[rows["metric"].str.match("inflow_origin_(seoul|gyeonggi)_bok"), "value"]
    if len(origins) and (origins == 0).all():
        found.append(facts.finding(int(origins.index[0]), "value", "more than 0 for some origin, as there is inflow"))
    spent = given.index[(given["parameter"] == "visitor_share_spent_in_incheon") & (given["value"] == 0)]
    return found + [assumptions.finding(int(row), "value", "more than 0, as there is inflow") for row in spent]
