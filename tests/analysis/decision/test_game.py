"""Games whose answer is known: dominant strategies, cycles told as cycles, and what all would do together."""

from eum.analysis.decision.game import (
    CYCLE,
    OPEN,
    SETTLED,
    GameStart,
    Profile,
    best_response,
    joint_payoff,
    play,
    starts_of,
)

N = 4


def apart(profile: Profile) -> tuple[float, ...]:
    """No district gains from another: each step costs 2 and gives 1."""
    return tuple(1.0 * k - 2.0 * k for k in profile)


def poaching(profile: Profile) -> tuple[float, ...]:
    """Each step draws 3 from the others, evenly, and costs 2: alone it pays, together it is all cost."""
    n = len(profile)
    return tuple(3.0 * k - 2.0 * k - 3.0 * (sum(profile) - k) / (n - 1) for k in profile)


def test_without_anything_to_gain_no_top_up_is_the_dominant_strategy_from_every_start() -> None:
    for start in starts_of(3, N).items():
        path = play(apart, GameStart(*start), N, 10)
        assert path.ending == SETTLED and path.rounds[-1] == (0, 0, 0)


def test_where_neighbours_pay_all_go_to_the_top_and_are_worse_off() -> None:
    path = play(poaching, GameStart("none", (0, 0, 0)), N, 10)
    assert path.ending == SETTLED and path.rounds[-1] == (3, 3, 3)
    assert sum(poaching((3, 3, 3))) < 0
    assert joint_payoff(poaching, [(3, 3, 3), (0, 0, 0)], N) == (0, 0, 0)


def test_where_it_settles_nobody_gains_by_moving_alone() -> None:
    def crowded(profile: Profile) -> tuple[float, ...]:
        return tuple(5.0 * k - k * sum(profile) for k in profile)

    path = play(crowded, GameStart("none", (0, 0, 0)), 5, 30)
    assert path.ending == SETTLED
    end = path.rounds[-1]
    for i in range(3):
        for k in range(5):
            other = (*end[:i], k, *end[i + 1 :])
            assert crowded(other)[i] <= crowded(end)[i]


def test_a_cycle_is_reported_as_one() -> None:
    def matching(profile: Profile) -> tuple[float, ...]:
        """The first wants to do as the second does, the second wants to differ."""
        same = profile[0] == profile[1]
        return float(same), float(not same)

    path = play(matching, GameStart("none", (0, 0)), 2, 20)
    assert path.ending == CYCLE and set(path.cycle) == {(0, 1), (1, 0)}


def test_a_path_given_up_is_open() -> None:
    def climbing(profile: Profile) -> tuple[float, ...]:
        """Each wants to be one step above the other."""
        return tuple(-abs(profile[i] - profile[1 - i] - 1.0) for i in range(2))

    assert play(climbing, GameStart("none", (0, 0)), 50, 3).ending == OPEN


def test_a_tie_moves_nobody_and_the_lowest_best_is_taken() -> None:
    assert best_response(lambda p: (0.0, 0.0), (2, 1), 0, N) == 2
    assert best_response(lambda p: (float(p[0] in (1, 3)), 0.0), (0, 0), 0, N) == 1
