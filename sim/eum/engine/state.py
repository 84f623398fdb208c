"""The columns of the compiled day: what stands, what rules today, what state people are in, what is counted.

Sizes: W worlds (world 0 never has a policy), P pairs of worlds, B budgets, n persons, m shops.
"""

from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters

NO_CARD, ACTIVE, DORMANT, ORDERED = 0, 1, 2, 3
LATE = 4
"""Row of `Today.card_cut` for persons with no card whom the rate does not move."""

# Columns of Tally.totals, won per world.
CASHBACK_USED, DISCOUNT, FEES, FEE_SUPPORT, NEW_SPENDING, SECOND_ROUND, CHARGED, EARNED, GRANT_USED, ISSUED = range(10)
N_TOTALS = 10
# Rows of Tally.holders.
MEMBERS, HOLDERS, USERS = range(3)
# Columns of Today.grant.
OPEN, MINIMUM, MOST, BAND = range(4)
# Of Today.shop_kind; kinds of sales noted in Outcome.
AT_PLUS = 8
CHANGED, BY_CARD = range(2)
SOLD_TOGETHER = 256
"""Sales noted of a kind from which on they are posted."""
# Columns of Tally.persons.
PERSON_CARD, PERSON_CASHBACK, PERSON_CHANGE = range(3)


class StaticInputs(NamedTuple):
    """What no day changes."""

    seed: np.ndarray
    """int64[1]"""
    home: np.ndarray
    age: np.ndarray
    level: np.ndarray
    constrained: np.ndarray
    affinity: np.ndarray
    card_lag: np.ndarray
    income_day: np.ndarray
    turn: np.ndarray
    """float32[n]: share of residents who hold the card before this person does."""
    sector_cuts: np.ndarray
    amount_krw: np.ndarray
    """int32[9 * 30 * 512]: equally likely amounts by sector and level."""
    place_share: np.ndarray
    place_alias: np.ndarray
    """uint64[12 * 9 * 24]: alias tables of places by home and sector; see `packed`."""
    small_share: np.ndarray
    """float64[12, 9]: share of all small shops together."""
    cell_start: np.ndarray
    shop_alias: np.ndarray
    """uint64[m]: alias tables of the shops of each cell."""
    band: np.ndarray
    discount_bp: np.ndarray
    usage_cut: np.ndarray
    """uint64[4, R]: chance to pay with the card by affinity group and rate in basis points, times 2**32."""
    speed: np.ndarray
    """float64[5, R]: speed of an alternative by kind of purchase and rate in basis points."""
    frozen_tastes: np.ndarray
    """uint8[1]: 1 where a purchase has the same tastes in all worlds."""
    habit_cut: np.ndarray
    """uint64[1]"""
    use_cut: np.ndarray
    """uint64[1]"""
    use_growth: np.ndarray
    """float64[1]: see `eum.behavior.consumption.uses_cashback`."""
    memory: np.ndarray
    """int64[2]: weight of the rate remembered, basis points of one; part of the gap a payment closes, millionths."""
    charge_ppm: np.ndarray
    """int64[1]: days of card spending in a charge, millionths of a month."""
    grant_cut: np.ndarray
    """uint64[1]: chance times 2**32 that a purchase which grant money can pay is paid with it."""
    propensity_bp: np.ndarray
    """int64[3]: marginal propensity of other and constrained households; basket response."""
    fee_bp: np.ndarray
    """int64[5]: merchant fee of the card by sales band."""
    monthly_krw: np.ndarray
    """int64[30]: ordinary monthly spending by level."""
    parameters: Parameters
    """All parameters of behaviour, float64 each: a rule that is not looked up in a table reads its own here."""


class DayInputs(NamedTuple):
    """What rules today: read at the start of the day, the same for everybody."""

    number: np.ndarray
    """int64[3]: day number (from 1), mirror day (0 none), day of the month."""
    count_cuts: np.ndarray
    """uint64[2, 30, 16]: purchases today and on the mirror day."""
    tier_low_krw: np.ndarray
    tier_high_krw: np.ndarray
    tier_bp: np.ndarray
    """int64[W, S, 8]: the city's schedules of tiers; row 0 pays nothing."""
    schedule: np.ndarray
    """int64[W, 90, 5]: the schedule of a small shop by cell and sales band."""
    only_schedule: np.ndarray
    """int64[W]: the schedule of all small shops, -1 where they differ."""
    schedule_sales: np.ndarray
    plus_schedule_sales: np.ndarray
    """int64[W, 90, S]: yearly sales by schedule of the ordinary shops of a cell, and of its Plus shops."""
    at_once: np.ndarray
    """uint8[W, S]: 1 where the benefit is taken off at the till."""
    most_per_payment_krw: np.ndarray
    base_bp: np.ndarray
    """int64[W, S]: most benefit of one payment; part of ordinary monthly spending below which nothing is earned."""
    topup_low_krw: np.ndarray
    topup_high_krw: np.ndarray
    topup_bp: np.ndarray
    """int64[W, 10, 4]"""
    topup_own_card: np.ndarray
    """uint8[W, 10]"""
    topup_for: np.ndarray
    """uint8[W, 10, 6, 2]: who gets it, by age band and constrained households."""
    any_card_topup: np.ndarray
    """uint8[W]: 1 where some district tops up any card."""
    plus_bp: np.ndarray
    plus_own_card: np.ndarray
    plus_open: np.ndarray
    plus_limit_krw: np.ndarray
    fee_plus_bp: np.ndarray
    fee_ordinary_bp: np.ndarray
    fee_ordinary_band: np.ndarray
    budget_topup: np.ndarray
    budget_plus: np.ndarray
    budget_fee: np.ndarray
    """[W, 10]"""
    budget_city: np.ndarray
    """int64[W, S]"""
    card_launched: np.ndarray
    launch_day: np.ndarray
    """[W, 10]"""
    grant: np.ndarray
    """int64[W, 4]: whether grant money can be spent; on purchases from how many won; how many at a time; in shops of
    which bands (those below this number)."""
    most_extra_bp: np.ndarray
    """int64[W]: the most that top-ups, Plus top-ups and discounts can add to the city rate."""
    most_topup_bp: np.ndarray
    """int64[W]: the most that top-ups can add to it in ordinary shops."""
    most_city_bp: np.ndarray
    most_city_until_krw: np.ndarray
    """int64[W]: the highest of the city's rates, and how much a person can have paid this month and still get it."""
    shop_kind: np.ndarray
    """uint8[W, m]: the sales band of a shop, and AT_PLUS more where it is a Plus shop: both in one look far away."""
    plus_share: np.ndarray
    """float64[W, 90]: share of Plus shops that give their discount today in the sales of a cell of small shops."""
    plus_pull: np.ndarray
    """float64[W, 12, 9]: share of those Plus shops of all districts together, by home and sector."""
    most_plus_share: np.ndarray
    """float64[W, 9]: the largest `plus_share` of all districts, by sector."""
    plus_discount_bp: np.ndarray
    """int64[W, 90]: their mean discount."""
    plus_start: np.ndarray
    """int64[W, 91]: first Plus shop of each cell in the two columns below."""
    plus_shop: np.ndarray
    """int32[W, M]"""
    plus_cut: np.ndarray
    """uint64[W, M]: cumulative share of sales within the cell, times 2**32."""
    shift_from: np.ndarray
    """uint8[W]: 1 where storable purchases of today are moved to the mirror day."""
    shift_to: np.ndarray
    """uint8[W]: 1 where storable purchases of the mirror day are made today."""
    shift_cut: np.ndarray
    """uint64[W, 9]"""
    card_cut: np.ndarray
    """uint64[W, 5, 12]: chance times 2**32 to change between NO_CARD, ACTIVE, DORMANT and ORDERED today, by where a
    person stands: to join for those who would, to go dormant, to return, to pay for the first time, to join for
    others."""
    felt_percent: np.ndarray
    """float64[W, 12]: the rate that people of a home expect of the card today."""
    most_card_cut: np.ndarray
    """uint64[W]: the highest of these chances."""
    potential: np.ndarray
    """float64[W, 12]: share of residents who would hold the card at today's rate."""
    second_round_ppm: np.ndarray
    """int64[W, 12]"""
    has_gain: np.ndarray
    """uint8[12]: 1 for homes where some world has second-round income to spend."""
    left_krw: np.ndarray
    claimed_krw: np.ndarray
    """int64[W, B]: left at the start of the day and claimed today (0 until a budget is known to run out)."""
    pairs: np.ndarray
    """int64[P, 2]: baseline and policy world of each pair."""


class State(NamedTuple):
    """Where people stand, by world: in the morning, and as they spend the day, in the evening."""

    card: np.ndarray
    """uint8[W, n]: NO_CARD, ACTIVE, DORMANT or ORDERED."""
    month_to_date_krw: np.ndarray
    """int64[W, n]: paid from charged money this month."""
    balance_krw: np.ndarray
    """int64[W, n]: cashback held."""
    shifts: np.ndarray
    """uint8[W, n]: 1 for people whose storable purchases move across the announced change."""
    grant_krw: np.ndarray
    """int64[W, n]: grant money on the card; int64[W, 0] where no policy has a grant."""
    own_krw: np.ndarray
    """int64[W, n]: own money charged on the card and not yet spent."""
    remembered_ppm: np.ndarray
    """int32[W, n]: the rate remembered from own payments, millionths of one; of holders alone."""
    has_paid: np.ndarray
    """uint8[W, n]: 1 for people who paid with the card this calendar month."""


class Tally(NamedTuple):
    """What one thread counts in a day, in won of the sample."""

    common_spend: np.ndarray
    """int64[12, 9, 34]: purchases without policy, by home, sector, destination."""
    common_sales: np.ndarray
    """int64[m]"""
    change_spend: np.ndarray
    """int64[W, 12, 9, 34]: what a world adds to or takes from the common purchases."""
    change_sales: np.ndarray
    """int64[W, m]"""
    card_spend: np.ndarray
    """int64[W, 12, 9, 34]: card payments."""
    card_sales: np.ndarray
    """int64[W, m]"""
    second_round: np.ndarray
    """int64[W, 9, 34]: spending out of second-round income."""
    classes: np.ndarray
    """int64[P, 10, 12, 10, 9]: card payments by class, home, district of the shop, sector."""
    left_city: np.ndarray
    """int64[P]: spending outside the city whose twin was not there."""
    persons: np.ndarray
    """int64[W, 12, 6, 30, 3]: card payments, cashback and change of spending by home, age, level."""
    claims: np.ndarray
    paid: np.ndarray
    support: np.ndarray
    """int64[W, B + 1]: claims on budgets, what was paid, and the part of it that is fee support; the last
    column has no limit."""
    totals: np.ndarray
    """int64[W, 10]"""
    holders: np.ndarray
    """int64[W, 3, 12]: members, active holders and users of the month by home, more than in the morning."""


class PurchaseScratch(NamedTuple):
    """One person's purchase in every world: scratch of one thread."""

    city_bp: np.ndarray
    """int64[W, S]: the city's rate on the person's next won of the month, by schedule."""
    best_bp: np.ndarray
    """int64[W]: the highest of them."""
    ordinary_bp: np.ndarray
    """int64[W]: the same with the highest of the top-ups: no ordinary shop gives more."""
    top_up_bp: np.ndarray
    """int64[W, 10]: what each district adds to it in its shops; see `top_ups`."""
    earns_top_up: np.ndarray
    """uint8[W, 10]: whether the person is meant."""
    top_ups: np.ndarray
    """int64[W, 2]: first district that may top up, and the one after the last; of others nothing is written."""
    spent_krw: np.ndarray
    """int64[W]: paid from charged money this month."""
    amount_krw: np.ndarray
    """int64[W]: what the purchase costs without policy."""
    own_card: np.ndarray
    """uint8[W]: 1 where the person holds the card of the home district by now."""
    destination: np.ndarray
    """int64[W]: 0..33, or -1 where the purchase is not made."""
    shop: np.ndarray
    """int64[W]: shop, or -1 outside the city."""
    paid_krw: np.ndarray
    new_krw: np.ndarray
    """int64[W]"""
    covered: np.ndarray
    """uint8[W]: 1 where the purchase is paid with the card."""
    earned_krw: np.ndarray
    """int64[W]: cashback earned today, credited at the end of the day."""
    saved_krw: np.ndarray
    """int64[W]: benefits taken off at the till today."""
    n_sold: np.ndarray
    """int64[2]: sales noted of the two kinds CHANGED and BY_CARD, to be posted to their shops together."""
    sold_in: np.ndarray
    sold_at: np.ndarray
    sold_krw: np.ndarray
    """int64[2, rows]: world, shop and won of each."""


class BlockScratch(NamedTuple):
    """Some hundred persons and their purchases of the day without policy: scratch of one thread.

    Persons of the block have a row each (K rows), purchases another (K * 16 rows and as many for the mirror day).
    """

    lifetime: np.ndarray
    """uint64[K]: the key of what a person draws once for a lifetime."""
    key: np.ndarray
    """uint64[K]: the key of the person's day."""
    bits: np.ndarray
    """uint64[K]: the draw of the day."""
    n: np.ndarray
    """uint32[K]: purchases today."""
    first: np.ndarray
    """uint32[K + 1]: row of the first of them."""
    holds: np.ndarray
    """uint8[K]: 1 for persons whom some policy can affect today."""
    has_income: np.ndarray
    """uint8[K]: 1 for persons who spend second-round income today in some world."""
    listed: np.ndarray
    """uint32[K]: rows of some persons."""
    first_candidate: np.ndarray
    n_candidates: np.ndarray
    """uint32[K]: place of the person's first purchase in the list of candidates, and how many there are."""
    candidate: np.ndarray
    """uint32: rows of the purchases that can come out otherwise in some world."""
    differs: np.ndarray
    """uint8: 1 for places in that list whose purchase may indeed come out otherwise."""
    ordinary_bp: np.ndarray
    best_bp: np.ndarray
    """int64[K]: the most that ordinary shops, and any shops, can give the person today in some world."""
    ordinary_cut: np.ndarray
    """uint64[K]: chance times 2**32 beyond which the draw of payment leaves the card in at every ordinary shop."""
    first_more: np.ndarray
    n_more: np.ndarray
    """uint32[K]: row of the person's first purchase beside the day's own, and how many there are."""
    payment: np.ndarray
    """uint64: the draw of the means of payment."""
    who: np.ndarray
    """uint32: row of the person who buys, of the purchases of the day itself."""
    buyer_lifetime: np.ndarray
    """uint64: the buyer's `lifetime`."""
    buyer_home: np.ndarray
    buyer_level: np.ndarray
    """uint32: home and level of the buyer."""
    purchase: np.ndarray
    """uint64: key of the purchase."""
    sector: np.ndarray
    """uint32"""
    at: np.ndarray
    below: np.ndarray
    """uint32: place in a table that the next loop looks up, and the draw that settles what it finds."""
    place: np.ndarray
    """uint32: alternative, 0..23."""
    cell: np.ndarray
    """uint32: trade and place of the shop (of a purchase made outside the city: no cell)."""
    drawn: np.ndarray
    """uint64: a draw of the purchase that the next loop reads."""
    is_known: np.ndarray
    """uint32: 1 where the purchase goes to the known shop of the trade and place."""
    amount_krw: np.ndarray
    """int64"""
    shop: np.ndarray
    """int32: shop, or -1 outside the city."""
    inside: np.ndarray
    """uint32: rows of the purchases made in the city."""
