"""What a simulation came to, as tables in won of the whole city."""

import datetime
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from eum.analysis.experiments.compare import Runs, figure_intervals
from eum.analysis.experiments.comparison_figures import (
    BANDS,
    COST,
    EFFECT,
    GAIN,
    NO_POLICY,
    PER_CASHBACK,
    RESIDENT_GROUPS,
    SHOPS,
    outcome_rows,
    run_rows,
)
from eum.analysis.experiments.comparison_tables import Comparison, runs_words, screens
from eum.analysis.experiments.run import title
from eum.api import run_folder
from eum.api.figures import Figures
from eum.api.run_folder import Contents, Record
from eum.city.build import City
from eum.dimensions import DISTRICTS, SECTORS
from eum.errors import InputError
from eum.intervals import extremes, mean_interval
from eum.outcomes.attribution import class_shares
from eum.outcomes.retention import retention
from eum.policy.model import Policy

_KEYS = ["evidence", "policy", "relative_to"]
_GAINS = {
    SHOPS: "small shops, by district",
    BANDS: "small shops, by annual sales",
    RESIDENT_GROUPS: "residents, by spending",
}
_UNITS = {
    "krw": "won of the whole city",
    "krw_per_100_krw": "won per 100 won",
    "share": "share, 0 to 1",
    "persons": "persons of the whole city",
}
_PER_FISCAL, _PER_CASHBACK = "krw_per_100_krw_fiscal_cost", "krw_per_100_krw_cashback"


class Results:
    """The results of a simulation: `effects()`, `costs()`, `retention()`, `budgets()`, `daily()`, `gains()` and
    `classes()` are tables, `plot` draws them, `save` keeps them as the command `eum run` does.

    Amounts are won of the whole city. With replicates, a figure is the mean over them, and `low` and `high` are the
    ends of the 90 % interval of that mean (Monte Carlo error, not uncertainty about parameters); a single run has none.
    Units stand in the names of columns and in `attrs["units"]` of each table.
    """

    def __init__(self, contents: Contents) -> None:
        """Made by `Simulation.run`, `eum.compare` and `Results.load`."""
        self.contents, self.request, self.engine = contents, contents.request, contents.engine
        self.policies, self.records = contents.policies, contents.records
        self._comparisons: dict[str, pd.DataFrame] = {}

    @property
    def baseline(self) -> str:
        """Name of the policy that tables compare with first; "none" where there is only the counterfactual."""
        return self.request.relative_to or NO_POLICY

    @property
    def evidence(self) -> list[str]:
        """Families of evidence, in their order."""
        return list(self.contents.coefficients)

    @property
    def n_replicates(self) -> int:
        """Runs in each family of evidence."""
        return self.contents.n_replicates

    @property
    def plot(self) -> Figures:
        """Figures of the tables, each a method that returns matplotlib axes."""
        return Figures(self)

    def effects(self, relative_to: Policy | str | None = None) -> pd.DataFrame:
        """Return what each policy does, by every definition of the effect, and per 100 won of its cost.

        Args:
            relative_to: Policy whose figures are taken off, replicate by replicate; "none" for the counterfactual. By
                default the differences from the baseline, if it is a policy, and below them those from none.

        Returns:
            `evidence`, `policy`, `relative_to`, `effect` (the definition, from the widest to the narrowest), `krw`
            (the effect), `krw_per_100_krw_fiscal_cost` with `low` and `high`, `krw_per_100_krw_cashback` (the
            published ratio's denominator) with `low_cashback` and `high_cashback`, and `note`: what is saved and lost
            where a ratio would mislead.

        Raises:
            InputError: A policy that is not among the results.

        Examples:
            >>> import eum
            >>> city = eum.City.load(scale=0.001, seed=1)
            >>> run = eum.Simulation(city, "incheon-2020-actual", "causal", start="2020-03-16", end="2020-03-17").run()
            >>> run.effects()["effect"].tolist()[:3]
            ['gross_use', 'net_of_replacement', 'net_of_size_switching']
        """
        rows = self._rows(relative_to).rename(columns={"measure": "effect"})
        keys = [*_KEYS, "effect"]
        per = {_PER_FISCAL: ("low", "high"), _PER_CASHBACK: ("low_cashback", "high_cashback")}
        table = rows[rows["group"] == GAIN][[*keys, "value"]].rename(columns={"value": "krw"})
        for (name, ends), group in zip(per.items(), (EFFECT, PER_CASHBACK), strict=True):
            new = {"value": name, "low": ends[0], "high": ends[1]}
            more = rows[rows["group"] == group][[*keys, *new, "note"]].rename(columns=new)
            table = table.merge(more if name == _PER_FISCAL else more.drop(columns="note"), on=keys, how="left")
        columns = [*keys, "krw", _PER_FISCAL, "low", "high", _PER_CASHBACK, "low_cashback", "high_cashback", "note"]
        ratios = {name: _UNITS["krw_per_100_krw"] for name in columns[5:-1]}
        return _with_units(table[columns], {"krw": _UNITS["krw"], **ratios})

    def costs(self, relative_to: Policy | str | None = None) -> pd.DataFrame:
        """Return what each policy costs, who pays, and how much is paid with the card.

        Args:
            relative_to: As in `effects`.

        Returns:
            `evidence`, `policy`, `relative_to`, `cost` ("fiscal cost" of all governments first, each that pays, then
            "cashback", the estimated cost of operation, "card payments"), `krw`, `low_krw`, `high_krw`.

        Raises:
            InputError: A policy that is not among the results.
        """
        names = {"measure": "cost", "value": "krw", "low": "low_krw", "high": "high_krw"}
        rows = self._rows(relative_to)
        table = rows[rows["group"] == COST][[*_KEYS, *names]].rename(columns=names)
        return _with_units(table, dict.fromkeys(("krw", "low_krw", "high_krw"), _UNITS["krw"]))

    def gains(self, relative_to: Policy | str | None = None) -> pd.DataFrame:
        """Return who gains: small shops by district and by annual sales, residents by decile of spending.

        Args:
            relative_to: As in `effects`.

        Returns:
            `evidence`, `policy`, `relative_to`, `group`, `item`, `krw` (more sales of a shop, or cashback of a
            resident, over the period), `low_krw`, `high_krw`.

        Raises:
            InputError: A policy that is not among the results, or results in expectation, which do not say so.
        """
        if self.engine == "expected":
            raise InputError("gains: not known with engine='expected'; expected engine='compiled'")
        names = {"measure": "item", "value": "krw", "low": "low_krw", "high": "high_krw"}
        rows = self._rows(relative_to)
        table = rows[rows["group"].isin(list(_GAINS))][[*_KEYS, "group", *names]].rename(columns=names)
        table["group"] = table["group"].map(_GAINS)
        return _with_units(table, dict.fromkeys(("krw", "low_krw", "high_krw"), "won per shop or per resident"))

    def retention(self, by_sector: bool = False) -> pd.DataFrame:
        """Return how much of residents' spending stays in their district and in the city, policy by policy.

        Args:
            by_sector: Whether each sector has rows of its own.

        Returns:
            `evidence`, `policy` ("none" is the counterfactual), `home` (a district, or "incheon" for all), `sector`,
            `share_home_district`, `share_other_districts`, `share_outside` (they sum to 1), `share_city` with `low` and
            `high`, and `share_city_change` from the counterfactual.
        """
        keys, shares = ["evidence", "policy", "home", "sector"], ["share_home_district", "share_other_districts"]
        parts = [retention(r.tables).assign(evidence=r.evidence) for r in self.records]
        rows = pd.concat(parts, ignore_index=True).rename(columns={"world": "policy"})
        rows = rows if by_sector else rows[rows["sector"] == "all"]
        table = _means(rows, keys, [*shares, "share_outside", "share_city"])
        intervals = [mean_interval(part.to_numpy()) for _, part in rows.groupby(keys, sort=False)["share_city"]]
        table["low"], table["high"] = [i.low for i in intervals], [i.high for i in intervals]
        table = table.rename_axis(columns=None)
        without = table[table["policy"] == NO_POLICY].drop(columns="policy").set_index(["evidence", "home", "sector"])
        cells = pd.MultiIndex.from_frame(table[["evidence", "home", "sector"]])
        table["share_city_change"] = table["share_city"].to_numpy() - without["share_city"].reindex(cells).to_numpy()
        orders = (self.evidence, list(self.policies), ["incheon", *DISTRICTS], ["all", *SECTORS])
        places = [table[key].map(list(order).index) for key, order in zip(keys, orders, strict=True)]
        table = table.iloc[np.lexsort(places[::-1])]
        return _with_units(table, dict.fromkeys(table.columns[4:], _UNITS["share"]))

    def budgets(self) -> pd.DataFrame:
        """Return what each budget holds and pays, and the day on which it runs out.

        Returns:
            `evidence`, `policy`, `budget`, `payer`, `purpose`, `amount_krw`, `spent_krw`, and the days `exhausted_on`
            (median of the replicates), `earliest`, `latest`; no day (NaT) where the money lasts to the last day.
        """
        keys = ["evidence", "policy", "budget", "payer", "purpose"]
        parts = [r.tables["budgets"].assign(evidence=r.evidence) for r in self.records]
        rows = pd.concat(parts, ignore_index=True).rename(columns={"world": "policy"})
        table = _means(rows, keys, ["amount_krw", "spent_krw"], self.request.scale)
        ordinals = rows.assign(day=[_ordinal(text) for text in rows["exhausted_on"]])
        days = [extremes(part.to_numpy()) for _, part in ordinals.groupby(keys, sort=False)["day"]]
        table["exhausted_on"] = _dates([found.value for found in days])
        table["earliest"] = _dates([found.low for found in days])
        table["latest"] = _dates([found.high for found in days])
        return _with_units(table, dict.fromkeys(("amount_krw", "spent_krw"), _UNITS["krw"]))

    def daily(self) -> pd.DataFrame:
        """Return each day of each policy, the mean of the replicates.

        Returns:
            `evidence`, `policy` ("none" is the counterfactual), `date`, `card_payments_krw`, `cashback_krw`,
            `subscribers` (members of the card) and `active_holders` (those of them who use it).
        """
        keys = ["evidence", "policy", "date"]
        parts = [r.tables["daily"].assign(evidence=r.evidence) for r in self.records]
        rows = pd.concat(parts, ignore_index=True).rename(columns={"world": "policy"})
        columns = [name for name in rows.columns if name not in keys]
        table = _means(rows, keys, columns, self.request.scale)
        table["date"] = pd.to_datetime(table["date"]).astype("datetime64[s]")
        units = {name: _UNITS["krw" if name.endswith("_krw") else "persons"] for name in columns}
        return _with_units(table, units)

    def classes(self) -> pd.DataFrame:
        """Return what each policy's card payments would have been without it, the mean of the replicates.

        Returns:
            `evidence`, `policy`, `class` ("replaced": the same shop would have had the money anyway; "retained": it
            would have been spent outside the city; "new": it would not have been spent ...), `krw`,
            `share_of_payments`.
        """
        keys, values = ["evidence", "policy", "class"], ["krw", "share_of_payments"]
        parts = [class_shares(r.tables, self.request.scale).assign(evidence=r.evidence) for r in self.records]
        table = _means(pd.concat(parts, ignore_index=True).astype({"class": str}), keys, values)
        return _with_units(table, {"krw": _UNITS["krw"], "share_of_payments": _UNITS["share"]})

    def comparison(self, relative_to: Policy | str | None = None) -> pd.DataFrame:
        """Return every figure in one long table, as `eum compare --table` writes it.

        Args:
            relative_to: Policy that the others are compared with beside none; by default the baseline.

        Returns:
            The columns of `eum.analysis.experiments.compare.COMPARISON_COLUMNS`.

        Raises:
            InputError: A policy that is not among the results.
        """
        name = self._name(relative_to)
        if name not in self._comparisons:
            rows = [self._figures(record, name) for record in self.records]
            self._comparisons[name] = figure_intervals(pd.concat(rows, ignore_index=True), self.request, self._runs)
        return self._comparisons[name].copy()

    def save(self, folder: str | Path, *, replace: bool = False) -> Path:
        """Keep the results in a folder, the same as the command `eum run` writes.

        Args:
            folder: Name of the folder; it appears when it is complete.
            replace: Whether a result of that name is replaced.

        Returns:
            The folder.

        Raises:
            InputError: A folder that cannot be written, or results in expectation, which are not kept.
        """
        return run_folder.written(self.contents, Path(folder), replace)

    @classmethod
    def load(cls, folder: str | Path, city: City | None = None) -> "Results":
        """Read results that `save` or the command `eum run` has kept.

        Args:
            folder: Folder of the results.
            city: A city with the data of the run; by default those that come with eum.

        Returns:
            The results.

        Raises:
            InputError: No such results, or results of other data.
        """
        return cls(run_folder.read(Path(folder), None if city is None else city.package))

    def __repr__(self) -> str:
        """Return policies, evidence, days, runs and engine on one line."""
        days = f"{self.request.start} to {self.request.end}"
        n = self.n_replicates
        runs = f"{n} {self.engine} run{'s' if n > 1 else ''}"
        return f"Results({', '.join(self.request.policies)}; {', '.join(self.evidence)}; {days}; {runs})"

    def _repr_html_(self) -> str:
        caption = "In expectation: no draw, no interval." if self.engine == "expected" else runs_words(self._runs)
        tables = screens(self.comparison(), title(self.request), caption, full=False)
        return f"<p>{escape(repr(self))}</p>" + "".join(_html(table) for table in tables)

    @property
    def _runs(self) -> Runs:
        return Runs(self.n_replicates, 0)

    def _figures(self, record: Record, relative_to: str) -> pd.DataFrame:
        if record.outcomes is not None:
            rows = outcome_rows(record.outcomes, relative_to)
        else:
            c = self.contents.coefficients[record.evidence]
            rows = run_rows(record.tables, self.request.scale, c, relative_to)
        return rows.assign(family=record.evidence, run=record.replicate)

    def _name(self, relative_to: Policy | str | None) -> str:
        """Return the name of the policy to compare with. Raises InputError for one that was not run."""
        name = relative_to.name if isinstance(relative_to, Policy) else relative_to or self.baseline
        if name not in self.policies:
            raise InputError(f"relative_to: {name!r}: expected one of {', '.join(self.policies)}")
        return name

    def _rows(self, relative_to: Policy | str | None) -> pd.DataFrame:
        """Return the figures against a policy; by default those against the baseline, then those against none."""
        name, table = self._name(relative_to), self.comparison(relative_to)
        wanted = [name] if relative_to is not None else list(dict.fromkeys([name, NO_POLICY]))
        table = table.rename(columns={"family": "evidence"})
        parts = [table[table["relative_to"] == against] for against in wanted]
        return pd.concat(parts, ignore_index=True)


def _with_units(table: pd.DataFrame, units: dict[str, str]) -> pd.DataFrame:
    table = table.reset_index(drop=True)
    table.attrs["units"] = units
    return table


def _means(rows: pd.DataFrame, keys: list[str], values: list[str], scale: float = 1.0) -> pd.DataFrame:
    """Return the mean over replicates of some columns, by keys, divided by the scale."""
    means = rows.groupby(keys, sort=False, observed=True)[values].mean() / scale
    return means.reset_index()


def _ordinal(day: str) -> float:
    return float(datetime.date.fromisoformat(day).toordinal()) if day else np.inf


def _dates(ordinals: list[float]) -> pd.Series:
    """Return days as dates, infinity as no date."""
    days = [datetime.date.fromordinal(int(day)) if np.isfinite(day) else None for day in ordinals]
    return pd.Series(pd.to_datetime(pd.Series(days, dtype=object))).astype("datetime64[s]")


def _html(table: Comparison) -> str:
    rows = table.rows.to_html(index=False, border=0)
    return f"<p><b>{escape(table.title)}</b></p>{rows}<p><small>{escape(table.caption)}</small></p>"
