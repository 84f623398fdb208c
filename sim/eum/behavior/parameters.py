"""The parameters of behaviour, by name and unit; values come from the data package through a study."""

from typing import NamedTuple

RESPONSES = ("district", "large", "outside", "online", "visitor")
"""Kinds of a purchase's place without policy, each with its own response to a price gap."""

FROM_SMALL, FROM_LARGE, FROM_OUTSIDE, FROM_ONLINE, FROM_VISITOR = range(5)


class Parameters(NamedTuple):
    """One set of behaviour; shares are 0-1, responses are ln per percentage point of price."""

    place_response_district: float
    """Purchases at small shops of the city: ln share of a place per point of price gap."""
    place_response_large: float
    """Purchases at large or excluded stores of the city."""
    place_response_outside: float
    """Purchases in Seoul, Gyeonggi and elsewhere."""
    place_response_online: float
    """Purchases online."""
    place_response_visitor: float
    """Purchases that visitors make at home."""
    usage_max_share: float
    """Share of purchases at accepting shops paid with the card by an average active holder at a high rate."""
    usage_rate_scale_percent: float
    """Rate, in percentage points, at which usage has made 63 % of its way."""
    mpc_constrained: float
    """Marginal propensity to consume out of cashback, liquidity-constrained households."""
    mpc_other: float
    """The same, other households."""
    basket_response: float
    """Own money added to a basket per won of cashback it earns (needed only above a propensity of one)."""
    visitor_card_share: float
    """Members who live outside Incheon, as a share of all members."""
    adoption_p: float
    """Innovation hazard of those who would join, per month."""
    adoption_q: float
    """Imitation hazard of those who would join, per month, where all of the others of them hold the card."""
    potential_share: float
    """Share of residents who would hold the card at the reference rate."""
    potential_odds_ratio_5pp: float
    """Odds of that share multiplied by this for five points more."""
    late_joining_per_month: float
    """Hazard of joining whatever the rate is, as long as the programme pays: newcomers, the young, the late."""
    dormancy_per_month: float
    """Hazard of an active holder to stop, at the reference rate."""
    return_per_month: float
    """Hazard of a dormant holder to come back, at the reference rate."""
    dormancy_hazard_ratio_5pp: float
    """Return hazard multiplied, dormancy hazard divided, by this for five points more."""
    reference_rate_percent: float
    """Rate at which the hazards are stated."""
    dormancy_neighbour_ratio_10pp: float
    """Return hazard multiplied, dormancy hazard divided, by this for ten points more holders in the home district."""
    reference_holders_share: float
    """Share of holders among residents at which the hazards are stated."""
    active_over_subscribers: float
    """Share of members active at the start."""
    habit_share: float
    """Share of purchases made at the known shop of the trade and district."""
    cashback_use_share: float
    """Chance that a card payment uses the cashback held."""
    grant_use_share: float
    """Chance that a purchase which grant money on the card can pay is paid with it."""
    time_shift_response: float
    """Share of storable purchases moved across an announced change, per point of the change."""
    plus_awareness_per_month: float
    """Share of shops that think about becoming a Plus shop in a month."""
    plus_imitation: float
    """What that share gains per share of Plus shops among shops of the trade and district."""
    plus_help_strength: float
    """1: help in kind for Plus shops counts as stated; 0: it does nothing."""
    plus_expected_extra_share: float
    """Extra sales an owner expects, per unit of card share of sales and five points of total cut."""
    own_region_value_added: float
    """City value added per won of output."""
    local_income_share: float
    """Share of city value added that becomes residents' income."""
    second_round_propensity: float
    """Share of that income spent in the following month."""
    second_round_own_district_share: float
    """Share of the income earned by residents of the shop's district."""
    season_strength: float
    """1: weekdays and months differ as stated; 0: all days are alike."""
    shock_strength: float
    """0: no shock from outside; 1: the shock index of 2020 as assumed."""
    frozen_tastes: float
    """1: a purchase has the same tastes in all worlds; 0: each world draws its own."""


def without_joining(parameters: Parameters) -> Parameters:
    """Return the same behaviour with nobody joining of their own."""
    return parameters._replace(potential_share=0.0, late_joining_per_month=0.0)
