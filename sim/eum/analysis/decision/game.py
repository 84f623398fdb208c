"""Districts that choose against each other: best responses in turns, where they settle, and what all get together."""

from collections.abc import Callable
from typing import NamedTuple

Profile = tuple[int, ...]
"""What each player does, as the number of the step of its variable."""

Payoffs = Callable[[Profile], tuple[float, ...]]
"""What each player gets, won."""

SETTLED, CYCLE, OPEN = "settled", "cycle", "open"
"""How a path ends: nobody would change; it repeats; given up after the rounds allowed."""


class Path(NamedTuple):
    """Best responses from one start: the profile after each round, the start first."""

    start: str
    ending: str
    rounds: tuple[Profile, ...]

    @property
    def cycle(self) -> tuple[Profile, ...]:
        """The profiles of the cycle, or the one at which the path settled; the last one of an open path."""
        last = self.rounds[-1]
        first = self.rounds.index(last)
        return self.rounds[first:-1] if self.ending == CYCLE else (last,)


def best_response(payoffs: Payoffs, profile: Profile, player: int, n_steps: int) -> int:
    """Return the step that pays a player most while the others stay; it moves only for more, and to the lowest best."""
    choices = [(*profile[:player], k, *profile[player + 1 :]) for k in range(n_steps)]
    gains = [payoffs(choice)[player] for choice in choices]
    best = max(gains)
    return profile[player] if gains[profile[player]] == best else gains.index(best)


def one_round(payoffs: Payoffs, profile: Profile, n_steps: int) -> Profile:
    """Return the profile after every player has answered once, in order, each seeing those before it."""
    for player in range(len(profile)):
        answer = best_response(payoffs, profile, player, n_steps)
        profile = (*profile[:player], answer, *profile[player + 1 :])
    return profile


class GameStart(NamedTuple):
    """Where a path begins: its name and the profile."""

    name: str
    profile: Profile


def play(payoffs: Payoffs, start: GameStart, n_steps: int, n_rounds: int) -> Path:
    """Return the path of best responses from a start until it settles, repeats or is given up.

    Where it settles no player gains by another step of its own: an equilibrium in pure strategies.
    """
    name, profile = start
    rounds = [profile]
    for _ in range(n_rounds):
        profile = one_round(payoffs, profile, n_steps)
        rounds.append(profile)
        if profile == rounds[-2]:
            return Path(name, SETTLED, tuple(rounds))
        if profile in rounds[:-1]:
            return Path(name, CYCLE, tuple(rounds))
    return Path(name, OPEN, tuple(rounds))


def joint_payoff(payoffs: Payoffs, starts: list[Profile], n_steps: int) -> Profile:
    """Return the best profile found for the sum of all payoffs, by changing one player at a time from several starts.

    No single change improves it; a better one that needs several at once may be missed.
    """

    def total(profile: Profile) -> float:
        return sum(payoffs(profile))

    ends = []
    for profile in starts:
        while True:
            near = [(*profile[:i], k, *profile[i + 1 :]) for i in range(len(profile)) for k in range(n_steps)]
            best = max(near, key=total)
            if total(best) <= total(profile):
                break
            profile = best
        ends.append(profile)
    return max(ends, key=total)


def starts_of(n_players: int, n_steps: int) -> dict[str, Profile]:
    """Return the starts of a game by name: none, all at the highest, and the two that alternate between both."""
    high = n_steps - 1
    return {
        "none": (0,) * n_players,
        "all highest": (high,) * n_players,
        "every other highest": tuple(high * (i % 2 == 0) for i in range(n_players)),
        "the others highest": tuple(high * (i % 2 == 1) for i in range(n_players)),
    }
