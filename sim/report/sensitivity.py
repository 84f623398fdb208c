"""The page of the analysis of sensitivity, written from its table: the answer first, then the figures behind it."""

from pathlib import Path

import jinja2
import pandas as pd

from sim.report import units
from sim.report.sensitivity_figure import DETAILED, PARTS, SHOWN, label, named, picture

_SMALLEST_INDEX = 0.005
"""Total index, in any family, below which a factor is left out of a table (it stands in the CSV)."""


def _table(head: tuple[str, ...], rows: list[list[str]], n_words: int = 1) -> str:
    """Return a table (Markdown); the first columns are words, the others numbers."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * n_words + "--:|" * (len(head) - n_words)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _share(value: float) -> str:
    """Return a part of the whole in percent; what is below a tenth of a percent keeps its first digit."""
    return f"{100 * value:.1g}" if 0 < abs(value) < 0.001 else units.number(100 * value, 1)


def _values(table: pd.DataFrame, part: str) -> pd.DataFrame:
    keys = ["denominator", "definition", "family", "item", "measure"]
    return table[table["part"] == part].set_index(keys).sort_index()


def _budget(table: pd.DataFrame) -> str:
    found, levels = _values(table, "budget"), _values(table, "level")
    rows = []
    for output in SHOWN:
        mean = levels.loc[(*output, "all", "", "mean")]
        cells = [label(*output[::-1]), units.number(mean["value"])]
        cells.append(units.interval(units.number(mean["low"]), units.number(mean["high"])))
        for part in PARTS:
            row = found.loc[(*output, "all", part, "share")]
            cells.append(f"{_share(row['value'])} ({units.interval(_share(row['low']), _share(row['high']))})")
        deviation = max(found.loc[(*output, "all", "total", "variance"), "value"], 0.0) ** 0.5
        rows.append([*cells, units.number(deviation)])
    head = ("definition", "mean", "90 % of worlds", *(f"{words}, %" for words in PARTS.values()), "standard deviation")
    return _table(head, rows)


def _indices(table: pd.DataFrame, output: tuple[str, str], scopes: list[str]) -> str:
    rows = _values(table, "index").loc[output]
    totals = rows.xs("total", level="measure")["value"].groupby(level="item").max()
    shown = totals[totals >= _SMALLEST_INDEX].sort_values(ascending=False, kind="stable").index
    cells = [
        [named(str(factor)), *(_index(rows, scope, str(factor), m) for scope in scopes for m in ("first", "total"))]
        for factor in shown
    ]
    left = [cell for scope in scopes for cell in (_index(rows, scope, "interactions", "first"), "")]
    words = [words for scope in scopes for words in (f"{scope}: alone", "with others")]
    return _table(("factor", *words), [*cells, ["interactions", *left]])


def _index(rows: pd.DataFrame, family: str, item: str, measure: str) -> str:
    """Return an index with its interval; nothing where the factor is none of this family."""
    if (family, item, measure) not in rows.index:
        return ""
    row = rows.loc[(family, item, measure)]
    return f"{units.number(row['value'], 2)} ({units.interval(*(units.number(row[e], 2) for e in ('low', 'high')))})"


def _outputs(table: pd.DataFrame) -> list[tuple[str, str]]:
    rows = table[table["part"] == "discovery"]
    return list(rows[["denominator", "definition"]].drop_duplicates().itertuples(index=False, name=None))


def _rule(rows: pd.DataFrame) -> str:
    """Return what is said of a ratio in one family: the rule and how far it held, or where no rule is needed."""
    words, n = rows.loc["reached", "text"], rows.loc["worlds", "value"]
    reached, highest = rows.loc["reached", "value"], units.number(rows.loc["highest", "value"])
    if words in ("nowhere", "everywhere"):
        end = highest if words == "nowhere" else units.number(rows.loc["lowest", "value"])
        return f"{words} in {n:.0f} worlds ({'highest' if words == 'nowhere' else 'lowest'} {end})"
    told = f"in {reached:.0f} of {n:.0f} worlds (highest {highest})"
    coverage, density = (rows.loc[name, "value"] for name in ("coverage", "density"))
    if words.startswith("here and there"):
        return f"{told}: {words}"
    quality = f"coverage {units.percent(coverage, 0)}, density {units.percent(density, 0)}"
    return f"{told}: {words.replace('_', ' ')}; {quality}"


def _discovery(table: pd.DataFrame, families: list[str]) -> str:
    found = _values(table, "discovery")
    rows = []
    for output in _outputs(table):
        told = [_rule(found.loc[(*output, family)].droplevel("item")) for family in families]
        denominator = "public cost" if output[0] == "public_cost" else "cashback"
        rows.append([label(*output[::-1]).removesuffix(", per won of cashback"), denominator, *told])
    return _table(("definition", "per won of", *families), rows, n_words=2 + len(families))


def _by_verdict(table: pd.DataFrame, families: list[str]) -> dict[str, list[str]]:
    """Return the definitions that reach the level everywhere, nowhere, and somewhere: each with its denominator."""
    rows = table[(table["part"] == "discovery") & table["measure"].isin(["worlds", "reached"])]
    sums = rows.pivot_table(index=["denominator", "definition"], columns="measure", values="value", aggfunc="sum")
    groups: dict[str, list[str]] = {"everywhere": [], "somewhere": [], "nowhere": []}
    for denominator, definition in _outputs(table):
        reached, worlds = (sums.loc[(denominator, definition), m] for m in ("reached", "worlds"))
        name = "nowhere" if reached == 0 else "everywhere" if reached == worlds else "somewhere"
        per = " (per won of public cost)" if denominator == "public_cost" else " (per won of cashback)"
        groups[name].append(label(definition, denominator).removesuffix(", per won of cashback") + per)
    return groups


def _errors(table: pd.DataFrame, families: list[str]) -> str:
    found, levels = _values(table, "error"), _values(table, "level")
    rows = []
    for output in SHOWN:
        cells = [label(*output[::-1])]
        for family in families:
            mean, largest = (found.loc[(*output, family, "", measure)] for measure in ("mean", "largest"))
            size = units.number(levels.loc[(*output, family, "", "mean"), "value"])
            noise = units.number((mean["high"] - mean["low"]) / 2, 1)
            cells.append(f"{units.signed(mean['value'])} ± {noise} ({units.signed(largest['value'])}) of {size}")
        rows.append(cells)
    return _table(("won per 100 won", *families), rows)


def _factors(table: pd.DataFrame) -> str:
    rows = table[table["part"] == "factor"].set_index(["item", "measure"])
    cells = []
    for item in dict.fromkeys(item for item, measure in rows.index if measure == "swing"):
        swing, range_ = rows.loc[(item, "swing")], rows.loc[(item, "range")]
        if not swing["text"]:
            continue
        how = "drawn" if (item, "drawn") in rows.index else "city"
        span = units.interval(units.plain(range_["low"]), units.plain(range_["high"]))
        words = rows.loc[(item, how), "text"]
        cells.append([f"`{item}`", words, how, units.plain(range_["value"]), f"{span} {named(range_['text'])}",
                      _share(swing["value"])])  # fmt: skip
    return _table(("name", "meaning", "kind", "centre", "90 % range", "moves a ratio by, %"), cells, n_words=3)


def _quiet(table: pd.DataFrame) -> dict[str, str]:
    rows = table[table["part"] == "factor"]
    swing = rows[rows["measure"] == "swing"]
    still = swing.loc[swing["text"] == "", "item"]
    left = rows.loc[rows["measure"] == "left out", "item"]
    return {"still": ", ".join(f"`{name}`" for name in still), "left": ", ".join(f"`{name}`" for name in left)}


def _facts(table: pd.DataFrame) -> dict:
    """Return what was asked, as words."""
    rows = table[table["part"] == "about"].set_index("item")
    numbers = {name: f"{value:g}" for name, value in rows["value"].dropna().items()}
    words = rows.loc[rows["value"].isna(), "text"].to_dict()
    misfit = table[table["part"] == "misfit"].set_index("family")
    told = {f: f"{units.percent(r['value'])} ({units.percent(r['high'])})" for f, r in misfit.iterrows()}
    return {**numbers, **words, "misfit": ", ".join(f"{family} {text}" for family, text in told.items()),
            "crowd_percent": units.scale(float(numbers["crowd_scale"]))}  # fmt: skip


def _headline(table: pd.DataFrame) -> dict:
    """Return what the uncertainty of the detailed ratios is, in sentences, and what holds for all that are shown."""
    shares = _values(table, "budget").xs("share", level="measure")["value"].droplevel("family")
    lines = []
    for output in DETAILED:
        told = ", ".join(f"{_share(shares[*output, part])} % {words}" for part, words in PARTS.items())
        lines.append(f"{label(*output[::-1])}: {told}")
    chance = [shares[*output, "population"] + shares[*output, "runs"] for output in SHOWN]
    first = sum(shares[*output, "family"] == max(shares[*output, part] for part in PARTS) for output in SHOWN)
    return {"lines": lines, "n_family": first, "n_shown": len(SHOWN), "chance": _share(max(chance))}


def page(table: pd.DataFrame) -> str:
    """Return the page (Markdown) of a table of sensitivity."""
    facts = _facts(table)
    families = facts["families"].split(" ")
    loader = jinja2.PackageLoader("sim.report", "templates")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.get_template("sensitivity.md.jinja").render(
        facts=facts,
        headline=_headline(table),
        verdicts=_by_verdict(table, families),
        budget=_budget(table),
        indices=[(label(*output[::-1]), _indices(table, output, ["all", *families])) for output in SHOWN],
        discovery=_discovery(table, families),
        errors=_errors(table, families),
        factors=_factors(table),
        **_quiet(table),
    )


def write_page(folder: Path, table: pd.DataFrame) -> None:
    """Write sensitivity.md and sensitivity.svg into a folder, beside sensitivity.csv."""
    (folder / "sensitivity.md").write_text(page(table), encoding="utf-8")
    (folder / "sensitivity.svg").write_text(picture(table), encoding="utf-8")
