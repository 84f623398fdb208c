"""The page of the analysis of sensitivity, written from its table: the answer first, then the figures behind it."""

from collections.abc import Callable
from pathlib import Path

import jinja2
import pandas as pd

from eum.artifacts import write_whole
from eum.output.evidence_pages.sensitivity_figure import (
    COSTS,
    FIGURE_PARTS,
    FigureRows,
    RowKey,
    cost_of,
    detailed_ratios,
    families_in_rows,
    figure_rows,
    label,
    largest_totals,
    named_output,
    sensitivity_picture,
    shown_ratios,
)
from eum.output.report import number_format

_SMALLEST_INDEX = 0.005
"""Total index, in any family, below which a factor is left out of a table (it stands in the CSV)."""


def _table(head: tuple[str, ...], rows: list[list[str]], n_words: int = 1) -> str:
    """Return a table (Markdown); the first columns are words, the others numbers."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * n_words + "--:|" * (len(head) - n_words)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _share(value: float) -> str:
    """Return a part of the whole in percent; what is below a tenth of a percent keeps its first digit."""
    return f"{100 * value:.1g}" if 0 < abs(value) < 0.001 else number_format.number(100 * value, 1)


def _spanned(row: FigureRows, shown: Callable[[float], str]) -> str:
    """Return a value with its interval in brackets."""
    return f"{shown(row.value)} ({number_format.interval(shown(row.low), shown(row.high))})"


def _budget(table: pd.DataFrame) -> str:
    found, levels = figure_rows(table, "budget"), figure_rows(table, "level")
    rows = []
    for output in shown_ratios(table):
        mean = levels[*output, "all", "", "mean"]
        span = number_format.interval(number_format.number(mean.low), number_format.number(mean.high))
        parts = [_spanned(found[*output, "all", part, "share"], _share) for part in FIGURE_PARTS]
        deviation = max(found[*output, "all", "total", "variance"].value, 0.0) ** 0.5
        rows.append(
            [label(*output[::-1]), number_format.number(mean.value), span, *parts, number_format.number(deviation)]
        )
    head = (
        "definition",
        "mean",
        "90 % of draws",
        *(f"{words}, %" for words in FIGURE_PARTS.values()),
        "standard deviation",
    )
    return _table(head, rows)


def _indices(table: pd.DataFrame, output: RowKey, scopes: list[str]) -> str:
    rows = figure_rows(table, "index")
    totals = largest_totals(rows, output, scopes)
    shown = [factor for factor, total in totals.items() if total >= _SMALLEST_INDEX]

    def cell(scope: str, item: str, measure: str) -> str:
        """Return an index with its interval; nothing where the factor is none of this scope."""
        row = rows.get((*output, scope, item, measure))
        return _spanned(row, lambda x: number_format.number(x, 2)) if row else ""

    places = [(scope, measure) for scope in scopes for measure in ("first", "total")]
    cells = [[named_output(f), *(cell(s, f, m) for s, m in places)] for f in [*shown, "interactions"]]
    words = [words for scope in scopes for words in (f"{scope}: alone", "with others")]
    return _table(("factor", *words), cells)


def _outputs(table: pd.DataFrame) -> list[RowKey]:
    return list(figure_rows(table, "discovery", "denominator", "definition"))


def _rule(rows: dict[str, FigureRows]) -> str:
    """Return what is said of a ratio in one family: the rule and how far it held, or where no rule is needed."""
    words, n = rows["reached"].text, rows["worlds"].value
    lowest, highest = (number_format.number(rows[end].value) for end in ("lowest", "highest"))
    if words == "nowhere":
        return f"nowhere in {n:.0f} draws (highest {highest})"
    if words == "everywhere":
        return f"everywhere in {n:.0f} draws (lowest {lowest})"
    rule = f"in {rows['reached'].value:.0f} of {n:.0f} draws (highest {highest}): {words.replace('_', ' ')}"
    if words.startswith("here and there"):
        return rule
    coverage, density = (number_format.percent(rows[name].value, 0) for name in ("coverage", "density"))
    return f"{rule}; coverage {coverage}, density {density}"


def _discovery(table: pd.DataFrame, families: list[str]) -> str:
    found, rows = figure_rows(table, "discovery"), []
    measures = ("worlds", "reached", "coverage", "density", "lowest", "highest")
    for output in _outputs(table):
        rules = [_rule({m: found[*output, family, "", m] for m in measures}) for family in families]
        rows.append([label(*output[::-1]).removesuffix(", per won of cashback"), COSTS[output[0]], *rules])
    return _table(("definition", "per won of", *families), rows, n_words=2 + len(families))


def _reach(table: pd.DataFrame, families: list[str]) -> str:
    """Return how many in a hundred parameter draws of each family reach the level, by definition and denominator."""
    found, outputs = figure_rows(table, "discovery"), _outputs(table)
    denominators = list(dict.fromkeys(denominator for denominator, _ in outputs))
    rows: dict[str, list[str]] = {}
    for denominator, definition in outputs:
        name = label(definition, denominator).removesuffix(", per won of cashback")
        cells = rows.setdefault(name, [""] * len(denominators) * len(families))
        for place, family in enumerate(families, start=denominators.index(denominator) * len(families)):
            reached, worlds = (found[denominator, definition, family, "", m].value for m in ("reached", "worlds"))
            cells[place] = number_format.number(100 * reached / worlds)
    head = [f"per won of {COSTS[denominator]}: {family}" for denominator in denominators for family in families]
    return _table(("definition", *head), [[name, *cells] for name, cells in rows.items()])


def _errors(table: pd.DataFrame, families: list[str]) -> str:
    found, levels, rows = figure_rows(table, "error"), figure_rows(table, "level"), []
    for output in shown_ratios(table):
        cells = [label(*output[::-1])]
        for family in families:
            mean, largest = (found[*output, family, "", measure] for measure in ("mean", "largest"))
            size = number_format.number(levels[*output, family, "", "mean"].value)
            noise = number_format.number((mean.high - mean.low) / 2, 1)
            cells.append(
                f"{number_format.signed(mean.value)} ± {noise} ({number_format.signed(largest.value)}) of {size}"
            )
        rows.append(cells)
    return _table(("won per 100 won", *families), rows)


def _factors(table: pd.DataFrame) -> str:
    rows, cells = figure_rows(table, "factor", "item", "measure"), []
    for item in [item for (item, measure), row in rows.items() if measure == "swing" and row.text]:
        how = "drawn" if (item, "drawn") in rows else "city"
        range_ = rows[item, "range"]
        low, high = number_format.plain(range_.low), number_format.plain(range_.high)
        span = f"{number_format.interval(low, high)} {named_output(range_.text)}"
        swing = _share(rows[item, "swing"].value)
        cells.append([f"`{item}`", rows[item, how].text, how, number_format.plain(range_.value), span, swing])
    return _table(("name", "meaning", "kind", "centre", "90 % range", "moves a ratio by, %"), cells, n_words=3)


def _fitted(table: pd.DataFrame) -> str:
    """Return the names of the parameters that one factor moves together, those that the record hardly moves marked."""
    rows = figure_rows(table, "factor", "item", "measure")
    found = {item: row.text for (item, measure), row in rows.items() if measure == "fitted"}
    return ", ".join(f"`{item}`" + (f" ({told})" if told else "") for item, told in found.items())


def _quiet(table: pd.DataFrame) -> dict[str, str]:
    rows = figure_rows(table, "factor", "item", "measure")
    still = [item for (item, measure), row in rows.items() if measure == "swing" and not row.text]
    left = [item for item, measure in rows if measure == "left out"]
    return {name: ", ".join(f"`{item}`" for item in items) for name, items in (("still", still), ("left", left))}


def _facts(table: pd.DataFrame) -> dict[str, str]:
    """Return the request in words."""
    about = {item: row for (item,), row in figure_rows(table, "about", "item").items()}
    words = {item: row.text or f"{row.value:g}" for item, row in about.items()}
    misfit = [
        f"{family} {number_format.percent(row.value)} ({number_format.percent(row.high)})"
        for (family,), row in figure_rows(table, "misfit", "family").items()
    ]
    return {**words, "misfit": ", ".join(misfit), "crowd_percent": number_format.scale(about["crowd_scale"].value)}


def _headline(table: pd.DataFrame) -> dict:
    """Return what the uncertainty of the detailed ratios is, in sentences, and what holds for all that are shown."""
    rows = figure_rows(table, "budget")
    shares = {
        output: {part: rows[*output, "all", part, "share"].value for part in FIGURE_PARTS}
        for output in shown_ratios(table)
    }
    lines = []
    for output in detailed_ratios(table):
        shares_listed = ", ".join(f"{_share(shares[output][part])} % {words}" for part, words in FIGURE_PARTS.items())
        lines.append(f"{label(*output[::-1])}: {shares_listed}")
    chance = max(mine["population"] + mine["runs"] for mine in shares.values())
    first = sum(mine["family"] == max(mine.values()) for mine in shares.values())
    return {"lines": lines, "n_family": first, "n_shown": len(shares), "chance": _share(chance)}


def sensitivity_page(table: pd.DataFrame) -> str:
    """Return the page (Markdown) of a table of sensitivity."""
    facts, families = _facts(table), families_in_rows(table)
    loader = jinja2.PackageLoader("eum.output.evidence_pages", "templates")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.get_template("sensitivity.md.jinja").render(
        facts=facts,
        cost=COSTS[cost_of(table)],
        headline=_headline(table),
        reach=_reach(table, families),
        budget=_budget(table),
        indices=[(label(*output[::-1]), _indices(table, output, ["all", *families])) for output in shown_ratios(table)],
        discovery=_discovery(table, families),
        errors=_errors(table, families),
        factors=_factors(table),
        fitted=_fitted(table),
        **_quiet(table),
    )


def write_sensitivity_page(folder: Path, table: pd.DataFrame) -> None:
    """Write sensitivity.md and sensitivity.svg into a folder, beside sensitivity.csv."""
    write_whole(folder / "sensitivity.md", sensitivity_page(table))
    write_whole(folder / "sensitivity.svg", sensitivity_picture(table))
