"""Where a run of a real window starts: from where the history of the card had brought people by its first day.

Every answer asks `start_of`, so that what a policy does in a window does not depend on the day the window starts. A
history takes seconds, so its states are kept, in this process and in the cache folder.
"""

import datetime
import threading
from collections import OrderedDict

import numpy as np

from eum.artifacts import sha256
from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.data import CityData
from eum.dimensions import N_ORIGINS
from eum.engine.history import HISTORY, first_paying_day, history_state
from eum.engine.start import StartState
from eum.jit import source_hash
from eum.policy.files import load_policy
from eum.runner.cache import cache_file, cached_arrays, keep_arrays

MOST_KEPT = 4
"""States kept in this process; one of the whole city takes 100 MB."""
_kept: OrderedDict[str, StartState] = OrderedDict()
_lock = threading.Lock()


def start_of(city: City, parameters: Parameters, date: datetime.date, n_threads: int = 1) -> StartState | None:
    """Return the state from which every world with a policy starts on a date, after the history of the card.

    None, so that a run starts from members as counted (`eum.engine.initial_conditions.first_cards`), for a city whose
    data have no record of its card (no policy HISTORY) and on a day by which that has not begun. Members are those
    counted, up to the last count. Second-round income starts at zero in all worlds: what people earned before the
    window belongs to it, and not to what a policy does within. The history is simulated with the city's own seed.
    """
    if not has_history(city.package) or date <= first_paying_day(load_policy(HISTORY)):
        return None
    state = kept_history_state(city, parameters, date, city.seed, n_threads=n_threads)
    return state._replace(gain_ppm=np.zeros(N_ORIGINS, dtype=np.int64))


def has_history(package: CityData) -> bool:
    """Return whether the data of a city come with the record of its card: a policy HISTORY in their folder."""
    return (package.folder / "policies" / f"{HISTORY}.toml").is_file()


def kept_history_state(
    city: City,
    parameters: Parameters,
    date: datetime.date,
    seed: int,
    *,
    members_given: bool = True,
    n_threads: int = 1,
) -> StartState:
    """Return `eum.engine.history.history_state`, simulated now or kept from before: the same bits."""
    about = [city.package.hash, city.scale, city.shop_scale, city.seed, _people_hash(city), tuple(parameters)]
    about += [date.isoformat(), seed, members_given, load_policy(HISTORY).hash, source_hash(), np.__version__]
    file = cache_file("history", about, ".npz")
    with _lock:
        if file.name in _kept:
            _kept.move_to_end(file.name)
            return _kept[file.name]
    state = _state_of(cached_arrays(file), date)
    if state is None:
        state = history_state(city, parameters, date, seed, members_given=members_given, n_threads=n_threads)
        keep_arrays(file, {name: column for name, column in state._asdict().items() if name != "date"})
    for column in state[1:]:
        column.flags.writeable = False
    with _lock:
        _kept[file.name] = state
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return state


def _people_hash(city: City) -> str:
    """Return the hash of who lives in a city: two of one seed and scale may have been made to differ."""
    return sha256(b"".join(column.tobytes() for column in (*city.residents, city.shops.cell, city.shops.first_plus)))


def _state_of(arrays: dict[str, np.ndarray] | None, date: datetime.date) -> StartState | None:
    """Return the state in arrays kept; None where they are none, or have other names."""
    if arrays is None or {"date", *arrays} != set(StartState._fields):
        return None
    return StartState(date=date, **arrays)
