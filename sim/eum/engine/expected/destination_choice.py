"""Where purchases go in expectation: the exponential race of `eum.behavior.destination_choice` in closed form.

A purchase's own place a arrived first, at a time w that is exponential with mean one. Every other alternative k has the
share q_k of all purchases, so that a time R_k, exponential with rate q_k, is still to go. They then arrive at speeds s:
own place at w / s_a, the others at (w + R_k) / s_k. Given w, it stays if R_k > w (s_k / s_a - 1) for all k, so

    P(stay)      = 1 / (1 + sum_k q_k max(s_k / s_a - 1, 0)) = s_a / G(s_a)
    P(move to k) = q_k s_k * integral from s_a to s_k of dx / G(x)**2   (zero for s_k <= s_a)
    G(x)         = x + sum_j q_j max(s_j - x, 0)

(put w = x t for an alternative k that arrives at t: x runs from s_a, where the own place would be as fast, to s_k,
where k has nothing left to go; t has the density t exp(-t G(x)) q_k s_k, which integrates to q_k s_k / G**2). G is a
straight line between two neighbouring speeds, where the integral from x to y is (y - x) / (G(x) G(y)): nothing is
approximated.

Only a purchase that would be paid with the card at an alternative's rate hears that it arrives faster. One uniform draw
decides that for all rates, so purchases fall into as many kinds as there are rates: those of kind i pay with the card
at the rate r_i and above, and are usage_share(r_i) - usage_share(r_i-1) of all.
"""

import numpy as np

from eum.behavior.destination_choice import response_of
from eum.dimensions import LARGE, N_ALTERNATIVES, N_DISTRICTS, ONLINE, SEOUL, SMALL
from eum.jit import compiled, compiled_part
from eum.policy.arithmetic import BASIS

N_CARD_ALTERNATIVES = 2 * N_DISTRICTS
"""Alternatives that a policy can make faster: ordinary small shops of the ten districts, then their Plus shops."""

REPLACED, RESHUFFLED, SWITCHED, MOVED, FROM_AWAY, FROM_NET = range(6)
"""What a card payment's twin was; the last two are inflow where the buyer lives outside."""

N_TWINS = 6
CLASSED = N_CARD_ALTERNATIVES
LEFT = CLASSED + N_TWINS * N_DISTRICTS
STAYED = LEFT + N_ALTERNATIVES
NET = STAYED + N_DISTRICTS
N_FLOWS = NET + N_CARD_ALTERNATIVES
"""Columns of flows, each per won (or per number) of purchases without policy: 0-19 purchases paid with the card at each
alternative; from CLASSED on the same by class and district of the shop, less the discount; from LEFT on by the place
without policy; from STAYED on those at Plus shops that are there without policy too; from NET on the first twenty
columns less the discount."""

_N_KINDS = 4
_FIRST_OF_KIND = (SMALL, LARGE, SEOUL, ONLINE)
_FIRST = _FIRST_OF_KIND[1:]
_END = (SEOUL, ONLINE, N_ALTERNATIVES)
_TWIN = (SWITCHED, FROM_AWAY, FROM_NET)


@compiled
def rank(rate_bp: np.ndarray, order: np.ndarray) -> None:
    """Write the alternatives in the order of their rates, lowest first, into `order` (int64[20])."""
    for k in range(len(rate_bp)):
        place = k
        while place > 0 and rate_bp[order[place - 1]] > rate_bp[k]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = k


@compiled
def reach_alternatives(
    share: np.ndarray, fast: np.ndarray, order: np.ndarray, first: int, reach: np.ndarray, level: np.ndarray
) -> None:
    """Write the integral of 1 / G**2 from one to each alternative's speed into `reach`, and G there into `level`.

    Clocks at the places `first` and up of `order` run at `fast` (float64[20], at least one), the others at one.
    """
    running, pull = 0.0, 0.0
    for place in range(first, len(order)):
        k = order[place]
        running += share[k]
        pull += share[k] * fast[k]
    speed, below, area = 1.0, 1.0 - running + pull, 0.0
    for place in range(first):
        reach[order[place]], level[order[place]] = 0.0, below
    for place in range(first, len(order)):
        k = order[place]
        above = fast[k] * (1.0 - running) + pull
        area += (fast[k] - speed) / (below * above)
        reach[k], level[k] = area, above
        running -= share[k]
        pull -= share[k] * fast[k]
        speed, below = fast[k], above


@compiled_part
def stays_of_small(
    share: np.ndarray, fast: np.ndarray, order: np.ndarray, first: int, level: np.ndarray, kept: np.ndarray,
    flow: np.ndarray,
) -> None:  # fmt: skip
    """Add purchases at small shops of the city that stay and are paid with the card: those at alternatives from `first`
    on.

    `level` is that of `reach_alternatives`; `kept` float64[20] is one less the discount.
    """
    for place in range(first, N_CARD_ALTERNATIVES):
        a = order[place]
        stays = share[a] * fast[a] / level[a]
        flow[a] += stays
        flow[CLASSED + REPLACED * N_DISTRICTS + a % N_DISTRICTS] += stays * kept[a]
        flow[LEFT + a % N_DISTRICTS] += stays
        if a >= N_DISTRICTS:
            flow[STAYED + a % N_DISTRICTS] += stays


@compiled_part
def moves_of_small(
    share: np.ndarray, fast: np.ndarray, order: np.ndarray, first: int, reach: np.ndarray, kept: np.ndarray,
    flow: np.ndarray,
) -> None:  # fmt: skip
    """Add purchases at small shops of the city that move to alternatives that got faster than their own.

    From a to k go share_a share_k fast_k (reach_k - reach_a), summed over slower a and over faster k as running sums.
    """
    slower, weighted = 0.0, 0.0
    for place in range(N_CARD_ALTERNATIVES):
        k = order[place]
        if place >= first:
            pull, other = share[k] * fast[k], (k + N_DISTRICTS) % N_CARD_ALTERNATIVES
            comes = pull * (slower * reach[k] - weighted)
            near = pull * share[other] * max(reach[k] - reach[other], 0.0)
            flow[k] += comes
            flow[CLASSED + RESHUFFLED * N_DISTRICTS + k % N_DISTRICTS] += near * kept[k]
            flow[CLASSED + MOVED * N_DISTRICTS + k % N_DISTRICTS] += (comes - near) * kept[k]
        slower += share[k]
        weighted += share[k] * reach[k]
    gains, pulls = 0.0, 0.0
    for place in range(N_CARD_ALTERNATIVES - 1, -1, -1):
        a = order[place]
        flow[LEFT + a % N_DISTRICTS] += share[a] * (gains - reach[a] * pulls)
        if place >= first:
            gains += share[a] * fast[a] * reach[a]
            pulls += share[a] * fast[a]


@compiled_part
def flow_of_others(
    places: np.ndarray, kind: int, weights: tuple, first: int, order: np.ndarray, kept: np.ndarray, flow: np.ndarray
) -> None:
    """Add what moves from large stores (kind 0), Seoul, Gyeonggi and elsewhere (1) or online (2) to small shops.

    `places` is float64[24], the shares of places without policy; `weights` is (share, fast, reach).
    """
    share, fast, reach = weights
    begin, end = _FIRST[kind], _END[kind]
    here = 0.0
    for alternative in range(begin, end):
        here += places[alternative]
    if here == 0.0:
        return
    total = 0.0
    for place in range(first, N_CARD_ALTERNATIVES):
        k = order[place]
        moves = share[k] * fast[k] * reach[k]
        total += moves
        flow[k] += here * moves
        flow[CLASSED + _TWIN[kind] * N_DISTRICTS + k % N_DISTRICTS] += here * moves * kept[k]
    for alternative in range(begin, end):
        flow[LEFT + alternative] += places[alternative] * total


@compiled_part
def respond(rate_bp: np.ndarray, speed: np.ndarray, at_home: bool, fast: np.ndarray) -> None:
    """Write the speed of every alternative for purchases of each kind of place into `fast` (float64[4, 20]).

    `speed` is that of `eum.engine.lookup_tables.speeds`, float64[5, 10001]; people from outside have a response of
    their own.
    """
    home = 0 if at_home else N_DISTRICTS
    for kind in range(_N_KINDS):
        response = response_of(home, _FIRST_OF_KIND[kind])
        for k in range(N_CARD_ALTERNATIVES):
            fast[kind, k] = speed[response, rate_bp[k]]


@compiled_part
def use_of_mix(plain_bp: int, mix: np.ndarray, usage: np.ndarray) -> tuple:
    """Return usage at Plus shops over their discounts (shares of 0, 1, 2 ... percent), and the same less discounts."""
    used, net = 0.0, 0.0
    for percent in range(len(mix)):
        here = mix[percent] * usage[plain_bp + 100 * percent]
        used += here
        net += here * (1.0 - percent / 100.0)
    return used, net


@compiled_part
def mix_discounts(rate_bp: np.ndarray, kept: np.ndarray, mix: np.ndarray, choice: tuple, out: np.ndarray) -> None:
    """Correct who takes the card out at the Plus shop where the purchase is made anyway: discounts differ.

    An alternative arrives at the speed of the mean discount of its Plus shops, but people take the card out at the
    shop's own; usage bends, so the mean of usage is not the usage of the mean. `mix` is float64[10, n]: shares of
    discounts of 0, 1, 2 ... percent.
    """
    _, usage = choice
    for group in range(len(usage)):
        for k in range(N_CARD_ALTERNATIVES):
            out[group, NET + k] = out[group, k] * kept[k]
        for d in range(N_DISTRICTS):
            stays, k = out[group, STAYED + d], N_DISTRICTS + d
            if stays == 0.0:
                continue
            plain = max(rate_bp[k] - np.int64(round((1.0 - kept[k]) * 10_000.0)), 0)
            used, net = use_of_mix(plain, mix[d], usage[group])
            whole = usage[group, rate_bp[k]]
            more, net_more = stays * (used / whole - 1.0), stays * (net / whole - kept[k])
            out[group, k] += more
            out[group, LEFT + d] += more
            out[group, CLASSED + REPLACED * N_DISTRICTS + d] += net_more
            out[group, NET + k] += net_more


@compiled_part
def is_used_more(usage: np.ndarray, below_bp: int, rate_bp: int) -> bool:
    """Return whether some group takes the card out more at a rate than at the one below it (-1: than not at all).

    At a rate of zero only those do who remember another.
    """
    for group in range(len(usage)):
        if usage[group, rate_bp] > (usage[group, below_bp] if below_bp >= 0 else 0.0):
            return True
    return False


@compiled_part
def flows_at(
    alternatives: tuple, places: np.ndarray, choice: tuple, at_home: bool, scratch: tuple, out: np.ndarray
) -> None:
    """Write the flows of one home, trade and tier into `out` (float64[R rows of usage, N_FLOWS]).

    `alternatives` is (share float64[20], rate in basis points int64[20], one less the discount float64[20], mix of
    discounts); `choice` is (`speeds`, share of purchases paid with the card by row of usage and rate in basis points,
    float64[R, 10001], see `eum.engine.expected.perceived_use.usage_table`).
    """
    share, rate_bp, kept, mix = alternatives
    speed, usage = choice
    order, fast, reach, level, flow = scratch
    rank(rate_bp, order)
    respond(rate_bp, speed, at_home, fast)
    below, place = -1, 0
    while place < N_CARD_ALTERNATIVES:
        rate = rate_bp[order[place]]
        if rate > below and is_used_more(usage, below, rate):
            flow[:] = 0.0
            reach_alternatives(share, fast[0], order, place, reach, level)
            stays_of_small(share, fast[0], order, place, level, kept, flow)
            moves_of_small(share, fast[0], order, place, reach, kept, flow)
            for kind in range(_N_KINDS - 1):
                reach_alternatives(share, fast[kind + 1], order, place, reach, level)
                flow_of_others(places, kind, (share, fast[kind + 1], reach), place, order, kept, flow)
            for group in range(len(usage)):
                step = usage[group, rate] - (usage[group, below] if below >= 0 else 0.0)
                for column in range(N_FLOWS):
                    out[group, column] += step * flow[column]
        below = rate
        while place < N_CARD_ALTERNATIVES and rate_bp[order[place]] == rate:
            place += 1
    mix_discounts(rate_bp, kept, mix, choice, out)


@compiled
def fill_flows(
    groups: tuple, places: np.ndarray, share: np.ndarray, rate_bp: np.ndarray, shops: tuple, choice: tuple,
    scratch: tuple, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the flows of all groups of people, trades and tiers into `out` (float64[G, 9, K, R, N_FLOWS], zeros).

    `groups` is (home int64[G], number of tiers that can be reached int64[G]); `places` float64[12, 9, 24]; `share`
    float64[G, 9, 20]; `rate_bp` int64[G, 9, K, 20]; `shops` is (one less the discount float64[9, 20], shares of the
    discounts of Plus shops float64[9, 10, n]).
    """
    kept, mix = shops
    homes, n_tiers = groups
    for g in range(len(homes)):
        home = homes[g]
        for sector in range(share.shape[1]):
            for tier in range(n_tiers[g]):
                alternatives = (share[g, sector], rate_bp[g, sector, tier], kept[sector], mix[sector])
                at_home = home < N_DISTRICTS
                flows_at(alternatives, places[home, sector], choice, at_home, scratch, out[g, sector, tier])


@compiled
def sum_up(
    flows: np.ndarray, growth: np.ndarray, paid: np.ndarray, covered: np.ndarray, paid_share: np.ndarray
) -> None:
    """Write what is paid with the card at each alternative, baskets grown, into `paid` (float64[G, 9, K, R, 20]), and
    the sums over alternatives of purchases and of won into `covered` and `paid_share` (float64[G, K, R, 9]).

    `growth` is float64[G, K, 20], the part by which a basket grows at each alternative.
    """
    n_groups, n_sectors, n_tiers, n_rows, n_alternatives = paid.shape
    for g in range(n_groups):
        for sector in range(n_sectors):
            for k in range(n_tiers):
                for a in range(n_rows):
                    times, won = 0.0, 0.0
                    for alternative in range(n_alternatives):
                        here = flows[g, sector, k, a, alternative]
                        krw = flows[g, sector, k, a, NET + alternative] + here * growth[g, k, alternative]
                        paid[g, sector, k, a, alternative] = krw
                        times += here
                        won += krw
                    covered[g, k, a, sector], paid_share[g, k, a, sector] = times, won


@compiled
def fill_claims(paid: np.ndarray, plus: np.ndarray, fees: tuple, claim_of: np.ndarray, claims: np.ndarray) -> None:
    """Write the claims per won without policy into `claims` (float64[G, K, R, 9, C]); `claim_of` is that of `Regime`.

    `paid` is that of `sum_up`; `plus` float64[G, 10], the Plus top-up a group gets; `fees` is the fee support of
    ordinary shops, a share of one float64[9, 10], and of Plus shops, basis points int64[10].
    """
    ordinary, plus_bp = fees
    n_groups, n_sectors, n_tiers, n_rows, _ = paid.shape
    for g in range(n_groups):
        for sector in range(n_sectors):
            for k in range(n_tiers):
                for a in range(n_rows):
                    won = paid[g, sector, k, a]
                    for column in range(len(claim_of)):
                        d = claim_of[column] % N_DISTRICTS
                        if claim_of[column] < N_DISTRICTS:
                            krw = won[N_DISTRICTS + d] * plus[g, d]
                        else:
                            krw = won[d] * ordinary[sector, d] + won[N_DISTRICTS + d] * plus_bp[d] / BASIS
                        claims[g, k, a, sector, column] = krw


def new_scratch() -> tuple[np.ndarray, ...]:
    """Return the scratch of `fill_flows`: order, speeds, reach, level, flow."""
    alternatives = np.zeros(N_CARD_ALTERNATIVES, dtype=np.int64), np.zeros((_N_KINDS, N_CARD_ALTERNATIVES))
    return *alternatives, np.zeros(N_CARD_ALTERNATIVES), np.zeros(N_CARD_ALTERNATIVES), np.zeros(N_FLOWS)
