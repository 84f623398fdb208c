"""Sizes of columns that are the same in every run, told to the compiler.

A place in a table of several axes is reckoned from the sizes of its axes. Where these are known, the reckoning is with
constants, and nothing has to be kept at hand for it. Without compilation every promise is checked.
"""

from eum.city.spending import MOST_PURCHASES, N_LEVELS
from eum.dimensions import (
    AGE_BANDS,
    N_ALTERNATIVES,
    N_CLASSES,
    N_DESTINATIONS,
    N_DISTRICTS,
    N_ORIGINS,
    N_SECTORS,
    SALES_BANDS,
)
from eum.engine.lookup_tables import N_RATES
from eum.engine.state import (
    LATE,
    N_TOTALS,
    PERSON_CHANGE,
    USERS,
    DayInputs,
    PurchaseScratch,
    State,
    StaticInputs,
    Tally,
)
from eum.jit import assume, compiled_in_place
from eum.policy.validation import MOST_SCHEDULES

_N_CELLS = N_DISTRICTS * N_SECTORS
_N_AGES, _N_BANDS = len(AGE_BANDS), len(SALES_BANDS)


@compiled_in_place
def assume_sizes(standing: StaticInputs, today: DayInputs, tally: Tally, out: PurchaseScratch) -> None:
    """Promise the compiler all sizes that no city, policy or number of worlds changes."""
    _assume_standing(standing)
    _assume_today(today)
    _assume_counted(tally, out)


@compiled_in_place
def assume_two_worlds(today: DayInputs, state: State, out: PurchaseScratch) -> None:
    """Promise the compiler that there are two worlds."""
    assume(state.card.shape[0] == 2 and out.earned_krw.shape[0] == 2)
    assume(today.shop_kind.shape[0] == 2 and today.second_round_ppm.shape[0] == 2)


@compiled_in_place
def _assume_standing(standing: StaticInputs) -> None:
    assume(standing.place_share.shape[1:] == (N_SECTORS, N_ALTERNATIVES))
    assume(standing.small_share.shape[1:] == (N_SECTORS,))
    assume(standing.usage_cut.shape[1:] == (N_RATES,))
    assume(standing.speed.shape[1:] == (N_RATES,))


@compiled_in_place
def _assume_today(today: DayInputs) -> None:
    assume(today.count_cuts.shape[1:] == (N_LEVELS, MOST_PURCHASES))
    assume(today.schedule.shape[1:] == (_N_CELLS, _N_BANDS))
    assume(today.schedule_sales.shape[1] == _N_CELLS and today.plus_schedule_sales.shape[1] == _N_CELLS)
    assume(today.topup_bp.shape[1] == N_DISTRICTS)
    assume(today.topup_low_krw.shape[1] == N_DISTRICTS and today.topup_high_krw.shape[1] == N_DISTRICTS)
    assume(today.topup_for.shape[1:] == (N_DISTRICTS, _N_AGES, 2))
    assume(today.topup_own_card.shape[1] == N_DISTRICTS)
    assume(today.plus_bp.shape[1] == N_DISTRICTS and today.plus_own_card.shape[1] == N_DISTRICTS)
    assume(today.plus_open.shape[1] == N_DISTRICTS and today.plus_limit_krw.shape[1] == N_DISTRICTS)
    assume(today.fee_plus_bp.shape[1] == N_DISTRICTS and today.fee_ordinary_bp.shape[1] == N_DISTRICTS)
    assume(today.fee_ordinary_band.shape[1] == N_DISTRICTS)
    assume(today.budget_topup.shape[1] == N_DISTRICTS and today.budget_plus.shape[1] == N_DISTRICTS)
    assume(today.budget_fee.shape[1] == N_DISTRICTS)
    assume(today.card_launched.shape[1] == N_DISTRICTS and today.launch_day.shape[1] == N_DISTRICTS)
    assume(today.plus_share.shape[1] == _N_CELLS and today.plus_discount_bp.shape[1] == _N_CELLS)
    assume(today.plus_pull.shape[1:] == (N_ORIGINS, N_SECTORS) and today.most_plus_share.shape[1] == N_SECTORS)
    assume(today.plus_start.shape[1] == _N_CELLS + 1)
    assume(today.shift_cut.shape[1] == N_SECTORS)
    assume(today.card_cut.shape[1:] == (LATE + 1, N_ORIGINS))
    assume(today.felt_percent.shape[1] == N_ORIGINS and today.potential.shape[1] == N_ORIGINS)
    assume(today.second_round_ppm.shape[1] == N_ORIGINS)


@compiled_in_place
def _assume_counted(tally: Tally, out: PurchaseScratch) -> None:
    assume(tally.common_spend.shape[1:] == (N_SECTORS, N_DESTINATIONS))
    assume(tally.change_spend.shape[1:] == (N_ORIGINS, N_SECTORS, N_DESTINATIONS))
    assume(tally.card_spend.shape[1:] == (N_ORIGINS, N_SECTORS, N_DESTINATIONS))
    assume(tally.second_round.shape[1:] == (N_SECTORS, N_DESTINATIONS))
    assume(tally.classes.shape[1:] == (N_CLASSES, N_ORIGINS, N_DISTRICTS, N_SECTORS))
    assume(tally.persons.shape[1:] == (N_ORIGINS, _N_AGES, N_LEVELS, PERSON_CHANGE + 1))
    assume(tally.totals.shape[1] == N_TOTALS)
    assume(tally.holders.shape[1:] == (USERS + 1, N_ORIGINS))
    assume(out.city_bp.shape[1] == MOST_SCHEDULES)
    assume(out.top_up_bp.shape[1] == N_DISTRICTS and out.earns_top_up.shape[1] == N_DISTRICTS)
    assume(out.top_ups.shape[1] == 2)
