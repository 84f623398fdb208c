"""Where to buy: a multinomial logit as an exponential race (Gumbel-max), on common random numbers.

Every alternative arrives after an exponential time with rate `share * speed`; the purchase goes to the one that
arrives first. That is the logit with utilities ln(share) + ln(speed) (Luce 1959, Yellott 1977).
A price cut only makes an alternative arrive sooner, so the arrival times of all scenarios come from the same draws: a
purchase moves between scenarios exactly when its frozen tastes say so, and only towards a place that got cheaper.

Without policy all speeds are one. The winning alternative is drawn from the shares; the time at which it arrived
is exponential and independent of which one won; every other alternative still has an exponential time to go
(no memory). So a purchase that no cut can move costs one comparison.
"""

import math

from eum.behavior.parameters import FROM_LARGE, FROM_ONLINE, FROM_OUTSIDE, FROM_SMALL, FROM_VISITOR
from eum.dimensions import LARGE, N_DISTRICTS, ONLINE, SEOUL
from eum.jit import compiled


@compiled
def response_of(home: int, place: int) -> int:
    """Return which response to a price gap a purchase has, an index of `eum.behavior.parameters.RESPONSES`.

    It follows from the buyer's home (0-11, from 10 on a visitor's) and the place without policy (0-23): purchases at
    small shops, large stores, outside the city and online differ in how easily a cheaper place draws them, and so do
    visitors, who shop outside the city where they live.
    >>> response_of(6, 23) == FROM_ONLINE
    True
    """
    if place < LARGE:
        return FROM_SMALL
    if place < SEOUL:
        return FROM_LARGE
    if home >= N_DISTRICTS:
        return FROM_VISITOR
    return FROM_ONLINE if place == ONLINE else FROM_OUTSIDE


@compiled
def attraction_factor(response: float, rate_percent: float) -> float:
    """Return how much faster an alternative arrives for a price cut: exp(response * rate).

    `response` is the ln share of a place per percentage point of price gap (prior place_price_response;
    Einav et al. 2014), `rate_percent` the cut in points.
    """
    return math.exp(response * rate_percent)


@compiled
def can_switch(winning_time: float, shortest_wait: float, fastest: float, own_speed: float) -> bool:
    """Return whether any other alternative could arrive first, where all have at most the speed `fastest`.

    The earliest other alternative arrives at (winning_time + shortest_wait) / fastest, the winner's own at
    winning_time / own_speed.
    """
    return (winning_time + shortest_wait) * own_speed < winning_time * fastest


@compiled
def cannot_switch(winning_draw: float, waiting_draw: float, share: float, fastest: float, own_speed: float) -> bool:
    """Return whether the draws alone, without a logarithm, say that no other alternative can arrive first (never
    wrongly).

    With the winning time -ln(a) and the shortest wait -ln(b) / share, both draws in (0, 1): -ln(a) <= (1 - a) / a and
    -ln(b) >= 1 - b, so the rule of `can_switch` fails where (1 - b) * a * own_speed exceeds
    share * (1 - a) * (fastest - own_speed). The margin is far above the rounding of either side.
    """
    gain = share * (1.0 - winning_draw) * (fastest - own_speed)
    return (1.0 - waiting_draw) * winning_draw * own_speed > gain * (1.0 + 1e-6)


@compiled
def arrival_time(winning_time: float, wait: float, speed: float) -> float:
    """Return when an alternative arrives that had `wait` left at the winning time, at its `speed`."""
    return (winning_time + wait) / speed
