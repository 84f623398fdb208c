"""Parameters are changed by name, one set by calibration not in silence, and results move with them."""

import warnings

import pytest

import eum
from tests.api.conftest import DISTRICT_PROGRAMME, END, START


@pytest.fixture(scope="module")
def parameters(small_city: eum.City) -> eum.Parameters:
    """Return the parameters of the family `causal`."""
    return eum.calibrate(small_city, "causal")


def test_a_changed_parameter_leaves_the_others_and_the_original_alone(parameters: eum.Parameters) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        changed = parameters.replace(habit_share=0.8)
    own = parameters["habit_share"]
    assert changed["habit_share"] == 0.8 != own
    assert changed.values._replace(habit_share=own) == parameters.values
    assert changed.table().loc["habit_share", "role"] == "by hand"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"cashback_share": 0.8}, "cashback_share: expected a parameter of behaviour; near it: cashback_use_share"),
        ({"share_new": 0.1}, r"share_new: no parameter of behaviour but a row of priors.csv; expected it changed in a"),
        ({"habit_share": float("nan")}, "habit_share: nan: expected a finite number"),
        ({"habit_share": "high"}, "habit_share: 'high': expected a finite number"),
    ],
)
def test_what_is_no_parameter_is_refused(parameters: eum.Parameters, values: dict, told: str) -> None:
    with pytest.raises(eum.InputError, match=told):
        parameters.replace(**values)


@pytest.mark.parametrize(("name", "role"), [("mpc_other", "implied"), ("visitor_card_share", "start")])
def test_a_value_that_calibration_sets_is_not_changed_in_silence(
    parameters: eum.Parameters, name: str, role: str
) -> None:
    with pytest.warns(eum.CalibratedValueWarning, match=f"{name}: 0.3 in place of .* which is {role} in calibration"):
        assert parameters.replace(**{name: 0.3})[name] == 0.3


def test_roles_are_those_of_the_data(parameters: eum.Parameters, small_city: eum.City) -> None:
    priors = small_city.package.table("priors").drop_duplicates("parameter").set_index("parameter")["role"]
    mine = parameters.table()["role"]
    both = [name for name in mine.index if name in priors.index and not name.startswith("mpc_constrained")]
    assert both and {name: mine[name] for name in both} == {name: priors[name] for name in both}


def test_results_move_with_a_parameter(small_city: eum.City, parameters: eum.Parameters) -> None:
    found = []
    for chosen in (parameters, parameters.replace(place_response_district=0.2)):
        found.append(eum.Simulation(small_city, DISTRICT_PROGRAMME, chosen, start=START, end=END).run().effects())
    assert not found[0]["krw"].equals(found[1]["krw"])


def test_calibration_says_what_it_aimed_at_and_what_it_met(parameters: eum.Parameters) -> None:
    fit = parameters.fit()
    assert (fit.loc["share_replaced"] - fit.loc["share_replaced", "stated"]).abs().max() < 0.05


def test_a_small_town_is_calibrated_on_itself_where_requested(parameters: eum.Parameters) -> None:
    town = eum.City.load(scale=0.0005, seed=1, shop_scale=0.003)
    assert eum.calibrate(town, "causal").values == parameters.values
    assert eum.calibrate(town, "causal", own_size=True).values != parameters.values
    with pytest.raises(eum.InputError, match="own_size"):
        eum.calibrate(town, "causal", engine="expected", own_size=True)
