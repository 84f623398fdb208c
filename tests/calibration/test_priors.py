"""Parameters get their values from the rows declared for them, and mechanisms follow from the same declarations."""

import pytest

from eum.behavior.parameters import DECLARED, Parameters
from eum.calibration.mechanisms import MECHANISMS
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters, source_of
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from tests.switched_on import SWITCHED_ON

QUESTION = ParameterDraw("causal", CENTRAL, 1)


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.mark.parametrize("name", DECLARED)
def test_a_parameter_has_the_value_and_the_unit_of_its_row(package: CityData, name: str) -> None:
    told = source_of(package, name)
    assert getattr(drawn_parameters(package, QUESTION), name) == told.value
    assert told.unit == DECLARED[name].unit


@pytest.mark.parametrize(("table", "parameter"), [("priors", "own_region_value_added"), ("assumptions", "habit_share")])
def test_a_row_in_another_unit_is_refused_on_one_line(package: CityData, table: str, parameter: str) -> None:
    rows = package.table(table)
    rows["unit"] = rows["unit"].mask(rows["parameter"] == parameter, "per_year")
    other = CityData(package.folder, package.hash, {**package.tables, table: rows})
    with pytest.raises(
        InputError, match=rf"{table}.csv: {parameter}: unit per_year: expected {DECLARED[parameter].unit}"
    ):
        drawn_parameters(other, QUESTION)


@pytest.mark.parametrize("name", MECHANISMS)
def test_switching_a_mechanism_off_changes_parameters_that_stand_in_it_or_the_city(
    package: CityData, name: str
) -> None:
    mechanism = MECHANISMS[name]
    on = drawn_parameters(package, QUESTION)._replace(shock_strength=0.0, basket_response=0.3, **SWITCHED_ON)
    off = mechanism.off(on, package)
    changed = {field for field in Parameters._fields if getattr(on, field) != getattr(off, field)}
    assert changed or mechanism.data
    assert changed <= {field for field, declared in DECLARED.items() if name in declared.mechanisms}


def test_a_mechanism_names_the_rows_of_its_parameters(package: CityData) -> None:
    for name, declared in DECLARED.items():
        for mechanism in declared.mechanisms:
            assert declared.row is None or declared.row in MECHANISMS[mechanism].rows.split(), name
