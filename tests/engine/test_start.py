"""A run that starts from where a history had brought people goes on as the history would, in both person engines."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.accounting import GRANTS, HELD, OPENING, OWN
from eum.engine.history import HISTORY, WITH_CARD, History, history_state
from eum.engine.model import CityModel
from eum.engine.reference.model import ReferenceModel
from eum.engine.start import PERSONS, StartState, nobody_yet
from eum.engine.state import NO_CARD, ORDERED
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.random_cases import Case, cases
from tests.engine.test_same_model import require_agreement
from tests.plain_behaviour import plain_behaviour
from tests.switched_on import SWITCHED_ON

DAY = datetime.timedelta(days=1)
APRIL = datetime.date(2020, 4, 1)


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(load_city_data(), 0.0005, 1)


@pytest.fixture(scope="module")
def centre() -> Parameters:
    return plain_behaviour(load_city_data())


def made_state(case: Case, seed: int) -> StartState:
    """Return a state of a town with people of every kind: cards, money, grants, Plus shops, local income."""
    bits, start = np.random.default_rng(seed), nobody_yet(case.city, case.period[0])
    n, m = len(start.card), len(start.is_plus)
    card = bits.integers(0, 4 if case.parameters.first_use_days > 0 else 3, n).astype(np.uint8)
    holds = card != NO_CARD
    small = np.arange(m) < case.city.shops.n_small
    return start._replace(
        card=card,
        month_to_date_krw=bits.integers(0, 600_000, n) * holds,
        balance_krw=bits.integers(0, 50_000, n) * holds,
        own_krw=bits.integers(0, 80_000, n) * holds,
        remembered_ppm=(bits.integers(0, 120_000, n) * holds).astype(np.int32),
        has_paid=(bits.integers(0, 2, n) * holds).astype(np.uint8),
        grant_krw=bits.integers(0, 400_000, n) * holds,
        is_plus=(bits.integers(0, 2, m) * small).astype(np.uint8),
        plus_months=bits.integers(0, 8, m),
        gain_ppm=bits.integers(-3000, 9000, 12) * (np.arange(12) < 10),
    )


def with_grant_in_course(case: Case) -> Case:
    """Return the case with the relief of May 2020 loaded before its first day and to be spent in it."""
    (grant,) = (g for g in load_policy("incheon-history").grant if g.id == "relief-2020")
    start, end = case.period
    earlier = grant.model_copy(update={"start": start - 5 * DAY, "end": end - DAY})
    history = load_policy("incheon-history")
    pot = tuple(b for b in history.budget if b.id == grant.budget)
    first = case.policies[1].model_copy(
        update={"grant": (*case.policies[1].grant, earlier), "budget": (*case.policies[1].budget, *pot)}
    )
    return case._replace(policies=[case.policies[0], first, case.policies[2]])


def test_both_engines_agree_to_the_won_from_a_state() -> None:
    """Random towns, policies and states; grant money is spent and lapses where its policy goes on."""
    spent = []

    @settings(max_examples=12, phases=[Phase.explicit, Phase.generate])
    @given(cases(), st.integers(0, 2**32 - 1))
    def agree(case: Case, seed: int) -> None:
        case = with_grant_in_course(case)
        state, models = made_state(case, seed), []
        for engine in (CityModel, ReferenceModel):
            models.append(engine(*case[:5], seed=case.seed, start_state=state))
        crowd, reference = models
        while crowd.running:
            crowd.step()
            reference.step()
            require_agreement(crowd, reference)
        ledger = crowd.treasuries[1].ledger
        assert ledger.balance(OPENING) == -(state.balance_krw.sum() + state.own_krw.sum() + state.grant_krw.sum())
        assert crowd.treasuries[2].ledger.balance(OPENING) == -(state.balance_krw.sum() + state.own_krw.sum())
        assert OPENING not in crowd.treasuries[0].ledger.accounts
        spent.append(int(reference.total.counts["granted_krw"][1]))
        assert ledger.balance(GRANTS) == 0 or case.policies[1].grant[-1].end > case.period[1]

    agree()
    assert any(spent)


@pytest.mark.parametrize("switched_on", [False, True])
@pytest.mark.parametrize(("start", "n_days"), [(APRIL, 40), (datetime.date(2020, 7, 15), 16)])
def test_starting_from_a_state_is_going_on(
    city: City, centre: Parameters, switched_on: bool, start: datetime.date, n_days: int
) -> None:
    """From the first of a month on for as long as it lasts, and from the middle of one to its end; no change of rates
    is near and no budget binds. In the middle of a month next month's local income is of the days of the run alone."""
    parameters = centre._replace(**SWITCHED_ON) if switched_on else centre
    parameters = parameters._replace(potential_share=0.0, late_joining_per_month=0.0)
    endless = load_policy(HISTORY)
    endless = endless.model_copy(
        update={"budget": tuple(b.model_copy(update={"amount_krw": 10**15}) for b in endless.budget)}
    )
    state = lived_to(city, parameters, endless, start)
    one, other = (run_on(city, parameters, endless, start, n_days, s) for s in (state, None))
    for name in PERSONS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert np.array_equal(one.grant_krw, other.grant_krw)


def lived_to(city: City, parameters: Parameters, policy: Policy, date: datetime.date) -> StartState:
    """Return where a policy has brought people by a date, from nobody on 1 February 2020."""
    return run_on(city, parameters, policy, date, 0, None)


def run_on(
    city: City, parameters: Parameters, policy: Policy, date: datetime.date, n_days: int, state: StartState | None
) -> StartState:
    """Return where people are some days after a date: from a state of it, or in one run since 1 February 2020."""
    first = datetime.date(2020, 2, 1)
    begun = first if state is None else date
    worlds, period = [load_policy("none"), policy], (begun, datetime.date.max)
    model = CityModel(city, worlds, parameters, period, [], start_state=state or everybody(city, first))
    while model.date < date + n_days * DAY:
        model.step()
    return model.state_of(1)


def everybody(city: City, date: datetime.date) -> StartState:
    """Return a morning on which everybody has just got a card."""
    start = nobody_yet(city, date)
    return start._replace(card=np.ones_like(start.card))


@pytest.mark.parametrize("switched_on", [False, True])
def test_a_history_is_the_same_for_any_number_of_threads(city: City, centre: Parameters, switched_on: bool) -> None:
    parameters = centre._replace(**SWITCHED_ON) if switched_on else centre
    date = datetime.date(2019, 9, 10)
    one, three = (history_state(city, parameters, date, 1, n_threads=n) for n in (1, 3))
    for name, column in one._asdict().items():
        assert np.array_equal(column, getattr(three, name)), name
    assert one.card.any() and one.balance_krw.any() and one.remembered_ppm.any()
    assert one.own_krw.any() == (parameters.charge_days > 0)


def test_members_are_those_counted_until_they_were_counted_last(city: City, centre: Parameters) -> None:
    """62,998 on 30 April 2019; as the card is used for the first time after a fortnight, many wait."""
    parameters = centre._replace(**SWITCHED_ON)
    lived = History(city, parameters, 1)
    model = lived.run_until(datetime.date(2019, 5, 2))
    card = model.state.card[WITH_CARD]
    members = (card != NO_CARD).sum() / city.scale
    assert members == pytest.approx(62_998 + (120_729 - 62_998) / 12, abs=1 / city.scale), "a day towards 12 May"
    assert (card == ORDERED).sum() > 2, "those of today and some of yesterday"
    own = History(city, parameters, 1, members_given=False).run_until(datetime.date(2019, 5, 2))
    assert (own.state.card[WITH_CARD] != NO_CARD).sum() != (model.state.card[WITH_CARD] != NO_CARD).sum()


def test_plus_shops_are_those_counted_until_the_day_they_were(city: City, centre: Parameters) -> None:
    before, after = (history_state(city, centre, day, 1) for day in (datetime.date(2020, 2, 3), APRIL))
    assert np.array_equal(before.is_plus, city.shops.first_plus)
    assert not np.array_equal(after.is_plus, city.shops.first_plus)


def test_a_state_of_another_morning_or_city_is_refused(city: City, centre: Parameters) -> None:
    state, worlds = nobody_yet(city, APRIL), [load_policy("none"), load_policy("incheon-2020-actual")]
    for engine in (CityModel, ReferenceModel):
        with pytest.raises(InputError, match="start_state: of 2020-04-01; expected that of the first day, 2020-04-02"):
            engine(city, worlds, centre, (APRIL + DAY, APRIL + DAY), [], start_state=state)
    fewer = replace(city, residents=type(city.residents)(*(column[:50] for column in city.residents)))
    with pytest.raises(InputError, match=r"start_state: of \d+ persons and \d+ shops; expected one of 50 persons"):
        CityModel(fewer, worlds, centre, (APRIL, APRIL), [], start_state=state)
    with pytest.raises(InputError, match="start: 2018-06-14: expected 2018-06-15 or later"):
        history_state(city, centre, datetime.date(2018, 6, 14), 1)


def test_what_is_held_on_the_first_morning_is_on_the_books(city: City, centre: Parameters) -> None:
    """The relief of May 2020 is on cards on 1 June: carried where it is promised, and nowhere else."""
    june = datetime.date(2020, 6, 1)
    state = history_state(city, centre._replace(**SWITCHED_ON), june, 1)
    assert state.grant_krw.any() and state.own_krw.any()
    worlds = [load_policy(name) for name in ("none", HISTORY, "incheon-2020-actual")]
    model = CityModel(city, worlds, centre, (june, june), [], start_state=state)
    for world, grants in ((1, int(state.grant_krw.sum())), (2, 0)):
        ledger = model.treasuries[world].ledger
        held = [ledger.balance(account) for account in (HELD, OWN, GRANTS)]
        assert held == [int(state.balance_krw.sum()), int(state.own_krw.sum()), grants]
        assert sum(ledger.accounts.values()) == 0
    assert not model.treasuries[0].ledger.accounts and not model.state.card[0].any()
