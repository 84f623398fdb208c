"""A few people of the crowd, watched: persons of the reference run beside it, under its rates, budgets and shops.

What everybody together decides (claims, members, Plus shops, local income) comes from the crowd; what a person does
is told by the reference, and checked every day against what the crowd says of the same person.
"""

from eum.engine.model import CityModel
from eum.engine.reference.model import ReferenceModel
from eum.engine.reference.state import Person
from eum.ledger import Identity, require_identities


class AgentTracer:
    """People of a crowd by number, followed day by day."""

    def __init__(self, crowd: CityModel, people: list[int]) -> None:
        """Watch people of a crowd that has not lived a day yet."""
        self.crowd = crowd
        period, pairs = (crowd.start, crowd.end), [(int(b), int(p)) for b, p in crowd.pairs]
        self.reference = ReferenceModel(
            *(crowd.city, crowd.policies, crowd.parameters, period, pairs),
            seed=crowd.draws_seed,
            people=people,
            start_state=crowd.begun_at,
        )
        for world, treasury in zip(self.reference.worlds, crowd.treasuries, strict=True):
            world.treasury = treasury

    @property
    def people(self) -> list[Person]:
        """The persons watched; after a `step`, `today` of each holds the day's purchases."""
        return list(self.reference.people)

    def step(self) -> None:
        """Live the crowd's next day, and the same day of the persons watched."""
        crowd, reference = self.crowd, self.reference
        reference.date = crowd.date
        for world in reference.worlds:
            world.holders = [int(n) for n in crowd.holders[world.number, 0]]
            world.people = [int(n) for n in crowd.n_people]
            world.gain_ppm = crowd.gain_ppm[world.number].copy()
            for shop in reference.shop_by_number[: crowd.city.shops.n_small]:
                shop.is_plus[world.number] = bool(crowd.plus.is_plus[world.number, shop.number])
        reference.open_day()
        crowd.step()
        for world in reference.worlds:
            world.left_krw = [int(krw) for krw in crowd.left_krw[world.number]]
            world.claimed_krw = [int(krw) for krw in crowd.claims_krw[world.number]]
            for person in self.people if world.number in crowd.grants.given_krw else ():
                person.load(
                    world.number, int(crowd.grants.given_krw[world.number][person.number]), world.felt_ppm(person.home)
                )
        reference.simulate()
        for world in reference.worlds:
            if world.treasury.timetable.grants_ending(reference.date):
                reference.people.do("lose_grant", world.number)
        reference.people.do("sleep")
        self._require_same()

    def _require_same(self) -> None:
        state = self.crowd.state
        for person in self.people:
            for world, wallet in enumerate(person.morning):
                who = f"person {person.number}, world {world}: crowd and reference"
                mine = [
                    wallet.card,
                    wallet.month_to_date_krw,
                    wallet.balance_krw,
                    wallet.own_krw,
                    wallet.remembered_ppm,
                ]
                columns = [
                    *(state.card, state.month_to_date_krw, state.balance_krw, state.own_krw, state.remembered_ppm)
                ]
                if state.grant_krw.size:
                    mine.append(wallet.grant_krw)
                    columns.append(state.grant_krw)
                compiled = (column[world, person.number] for column in columns)
                found = [Identity(who, a, int(b)) for a, b in zip(mine, compiled, strict=True)]
                require_identities(found, str(self.reference.date))
