"""Worlds share every draw: what a policy leaves alone is the same to the won, in any number of threads."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from eum.dimensions import CLASSES, DISTRICTS, N_DISTRICTS
from eum.engine import model as model_module
from eum.engine.compiled.day import compiled_day, run_day
from eum.engine.lookup_tables import build_standing
from eum.engine.model import CityModel
from eum.policy.files import load_policy
from eum.policy.model import Policy, with_budget


def digest(model: CityModel) -> str:
    parts = [column.tobytes() for column in model.total] + [column.tobytes() for column in model.state]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def without_rates(policy: Policy) -> Policy:
    """Return the policy with every rate at zero: cards, Plus shops without discount and budgets stay."""

    def zero(parts: tuple) -> tuple:
        return tuple(
            part.model_copy(update={"tiers": tuple(t.model_copy(update={"rate_percent": 0.0}) for t in part.tiers)})
            for part in parts
        )

    nothing = {"city": zero(policy.city), "top_up": zero(policy.top_up), "plus": (), "fee_support": ()}
    return policy.model_copy(update=nothing)


def test_zero_rates_everywhere_reproduce_the_baseline_to_the_won(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", without_rates(load_policy("gyeyang-2020-actual")))
    assert model.total.common_spend.sum() > 0
    assert not model.total.change_spend.any()
    assert not model.total.card_spend.any()
    assert not model.total.classes.any()


def test_the_same_policy_twice_gives_the_same_world_twice(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", "gyeyang-2020-actual", "gyeyang-2020-actual")
    assert (model.total.change_spend[1] == model.total.change_spend[2]).all()
    same = model.total.classes[2].sum(axis=(1, 2, 3))
    assert same[CLASSES.index("unchanged")] == same.sum() > 0


def test_another_world_beside_it_changes_no_world(gyeyang: CityModel, run) -> None:  # type: ignore[no-untyped-def]
    alone = run("none", "gyeyang-2020-actual")
    assert (alone.total.change_spend[1] == gyeyang.total.change_spend[2]).all()
    assert (alone.total.classes[0] == gyeyang.total.classes[1]).all()


def test_another_seed_gives_another_run(gyeyang: CityModel, run) -> None:  # type: ignore[no-untyped-def]
    assert digest(run("none", "incheon-2020-actual", "gyeyang-2020-actual", seed=2)) != digest(gyeyang)


def test_classes_sum_to_card_payments_in_every_pair(gyeyang: CityModel) -> None:
    for pair, (_, policy) in enumerate(gyeyang.pairs):
        card = gyeyang.total.card_spend[policy]
        assert gyeyang.total.classes[pair].sum() == card.sum() > 0
        by_home = gyeyang.total.classes[pair].sum(axis=(0, 2, 3))
        assert (by_home == card.sum(axis=(1, 2))).all(), "and for the people of every home"


def test_every_class_occurs_and_visitors_alone_are_inflow(gyeyang: CityModel) -> None:
    whole = gyeyang.total.classes[1]
    found = {name for name in CLASSES if whole[CLASSES.index(name)].any()}
    assert found >= set(CLASSES) - {"unchanged"}
    inflow = whole[CLASSES.index("inflow")].sum(axis=(1, 2))
    assert inflow[:N_DISTRICTS].sum() == 0 and inflow[N_DISTRICTS:].sum() > 0


def test_no_card_payment_is_made_in_the_world_without_policy(gyeyang: CityModel) -> None:
    assert not gyeyang.total.card_spend[0].any()
    assert not gyeyang.total.change_spend[0].any()


def test_the_launch_leaves_everybody_alone_until_the_day_before(run) -> None:  # type: ignore[no-untyped-def]
    from datetime import date

    model = run("none", "incheon-2020-actual", "gyeyang-2020-actual", period=(date(2020, 3, 1), date(2020, 3, 15)))
    assert (model.total.change_spend[1] == model.total.change_spend[2]).all()


def test_gyeyangs_money_moves_gyeyangs_shops(gyeyang: CityModel) -> None:
    change = gyeyang.total.change_sales[2] - gyeyang.total.change_sales[1]
    cell = gyeyang.city.shops.cell
    district = cell[: gyeyang.city.shops.n_small] // 9
    gain = np.bincount(district, change[: len(district)], N_DISTRICTS)
    assert gain.argmax() == DISTRICTS.index("gyeyang")


def test_an_empty_event_budget_is_no_event_to_the_won(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    whole = load_policy("gyeyang-2020-actual")
    empty = with_budget(whole, "gyeyang-event", 0)
    nothing = whole.model_copy(
        update={"top_up": (), "budget": tuple(b for b in whole.budget if b.id != "gyeyang-event")}
    )
    model = run("none", empty, nothing)
    assert (model.total.change_spend[1] == model.total.change_spend[2]).all()


def test_money_that_runs_out_is_paid_out_to_the_last_claim(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", with_budget(load_policy("gyeyang-2020-actual"), "gyeyang-event", 1_000_000))
    budget = next(b for b in model.treasuries[1].budgets.summary() if b["budget"] == "gyeyang-event")
    assert budget["amount_krw"] == 1_000, "a thousandth of the city"
    assert budget["exhausted_on"] != ""
    assert 0 <= budget["amount_krw"] - budget["spent_krw"] < 100, "what rounding left"


def test_tables_do_not_depend_on_the_run(gyeyang: CityModel) -> None:
    again = build_standing(gyeyang.city, gyeyang.parameters, 1, gyeyang.start.isoformat())
    for name, one, two in zip(again._fields, again, gyeyang.standing, strict=True):
        assert np.array_equal(one, two), name


def test_the_day_made_for_two_worlds_is_the_day_for_any_number(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for_two = digest(run("none", "gyeyang-2020-actual"))
    monkeypatch.setattr(model_module, "compiled_day", lambda n_worlds: run_day)
    assert digest(run("none", "gyeyang-2020-actual")) == for_two
    assert compiled_day(2) is not run_day
