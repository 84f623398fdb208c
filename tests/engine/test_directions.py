"""Each mechanism moves what it should, the way it should, and switches off."""

from eum.dimensions import CLASSES
from eum.engine.model import CityModel
from eum.engine.state import NEW_SPENDING, SECOND_ROUND


def share(model: CityModel, name: str, pair: int = 0) -> float:
    by_class = model.total.classes[pair].sum(axis=(1, 2, 3))
    return float(by_class[CLASSES.index(name)] / by_class.sum())


WORLDS = ("none", "incheon-2020-actual")
RESPONSES = {
    "place_response_outside": "retained",
    "place_response_online": "retained_online",
    "place_response_large": "size_switched",
    "place_response_visitor": "inflow",
}


def test_each_response_to_price_feeds_its_own_class_and_no_other(run) -> None:  # type: ignore[no-untyped-def]
    for name, fed in RESPONSES.items():
        off = dict.fromkeys(RESPONSES, 0.0)
        model = run(*WORLDS, **{**off, name: 0.1})
        assert share(model, fed) > 0, name
        for other in set(RESPONSES.values()) - {fed}:
            assert share(model, other) == 0, (name, other)


def test_without_propensity_nothing_new_is_bought(run) -> None:  # type: ignore[no-untyped-def]
    nothing = {"mpc_other": 0.0, "mpc_constrained": 0.0, "basket_response": 0.0, "local_income_share": 0.0}
    model = run(*WORLDS, **nothing)
    assert share(model, "new") == 0
    assert model.total.totals[1, NEW_SPENDING] == 0


def test_more_propensity_gives_more_new_consumption(run) -> None:  # type: ignore[no-untyped-def]
    few, many = (run(*WORLDS, mpc_other=m, basket_response=0.0) for m in (0.2, 0.8))
    assert share(many, "new") > share(few, "new") > 0


def test_the_second_round_switches_off(run) -> None:  # type: ignore[no-untyped-def]
    on, off = run(*WORLDS), run(*WORLDS, local_income_share=0.0)
    assert on.total.totals[1, SECOND_ROUND] > 0
    assert off.total.totals[1, SECOND_ROUND] == 0


def test_purchases_wait_for_an_announced_rise_and_come_after_it(run) -> None:  # type: ignore[no-untyped-def]
    on, off = run(*WORLDS), run(*WORLDS, time_shift_response=0.0)
    assert share(on, "time_shifted") > 0
    assert share(off, "time_shifted") == 0
    moved, stayed = (m.daily.groupby("world")["card_payments_krw"].get_group(WORLDS[1]).tolist() for m in (on, off))
    before = slice(7, 10)
    assert sum(moved[before]) < sum(stayed[before]), "27 to 29 February"
    after = slice(10, 13)
    assert sum(moved[after]) > sum(stayed[after]), "1 to 3 March"


def test_a_moved_purchase_is_made_exactly_once(run) -> None:  # type: ignore[no-untyped-def]
    off = dict.fromkeys((*RESPONSES, "mpc_other", "mpc_constrained", "basket_response", "local_income_share"), 0.0)
    model = run(
        *WORLDS,
        **off,
        time_shift_response=0.5,
        plus_awareness_per_month=0.0,
        plus_imitation=0.0,
        plus_help_strength=0.0,
    )
    assert share(model, "time_shifted") > 0.003
    discount = model.total.totals[1, 1]
    assert model.total.change_spend[1].sum() == -discount, "all spending is there, less the Plus discounts"


def test_the_rise_of_march_brings_members_back_and_in(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", "incheon-2020-announced", "incheon-2020-actual")
    last_day = model.daily[-3:].set_index("world")
    at_four, at_ten = last_day.loc["incheon-2020-announced"], last_day.loc["incheon-2020-actual"]
    assert at_ten["subscribers"] > at_four["subscribers"]
    assert at_ten["active_holders"] > at_four["active_holders"]
    assert at_ten["card_payments_krw"] > at_four["card_payments_krw"]


def test_support_makes_plus_shops(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", "incheon-2020-actual", "gyeyang-2020-actual")
    assert model.plus.is_plus[0].sum() == 0
    assert model.plus.is_plus[2].sum() > model.plus.is_plus[1].sum()
