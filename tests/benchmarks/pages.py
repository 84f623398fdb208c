"""The page and the picture of the benchmark: made from the table alone, the same table gives the same bytes."""

import io
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from eum.output.report import style
from eum.output.report.render_figure import house_style

ALONE, BOTH = "a day without policy", "a day without and with a policy, every won classed"

TITLES = {
    "engine": "A year of the whole city",
    "start": "From a command to its answer",
    "peers": "The same day written in four ways",
    "limits": "What the machine can do at most",
    "stages": "Stages of the day",
    "scale": "Smaller and larger cities",
    "ensemble": "Many runs of a small city",
    "samples": "What is biased in small samples",
    "coupling": "What worlds that share their draws save",
}
"""Parts of the benchmark, in the order of the page."""

TEXTS = {
    "engine": "A fresh process for each run; making the city and compiling are not timed.",
    "start": "A process of its own each time, with code compiled and data checked before (but for the first of all). "
    "Most of it is Python reading the libraries.",
    "peers": "All ways use the same tables, rules and keyed draws and are tested to agree to the won "
    "(tests/benchmarks/test_peers.py; plain Mesa: tests/engine/test_same_model.py). The part with a policy is "
    "not written in Polars: a card payment depends on what the same person has paid before.",
    "limits": "Shortest times of one thread. The bound counts the draws, look-ups and additions that a purchase "
    "without policy cannot do without (tests/benchmarks/limits.py); no way of writing the day gets below it here.",
    "stages": "The stages of docs/explanation/compiled-engine.md, one thread, on 18 July of a year lived until then.",
    "scale": "Two worlds, every won classed; the first day is left out. Above Incheon's size every person is there "
    "several times with other draws, and the shops are Incheon's.",
    "ensemble": "Each run makes its own city and runs two worlds; fresh workers.",
    "samples": "The same two worlds on samples of residents, each seed a city of its own; shops are all there at "
    "every scale. Totals of the city hold on average and scatter; figures of single small shops are biased, because a "
    "shop of a sample sees few customers: read these at full scale only.",
    "coupling": "Shares of purchases whose place differs between two worlds: closed forms for the city's own "
    "shares and rates, tested against simulated clocks and against the model. The least possible is what the shares "
    "themselves change by.",
}


def _number(value: float, unit: str) -> str:
    if unit.startswith("times"):
        return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _spread(row: pd.Series) -> str:
    if int(row["repeats"]) < 2:
        return "once" if int(row["repeats"]) else "computed"
    low, high = (_number(float(row[name]), row["unit"]) for name in ("min", "max"))
    return f"{low} to {high} ({int(row['repeats'])})"


def _rows(table: pd.DataFrame) -> list[str]:
    lines = ["| what | of | median | unit | lowest to highest (times measured) | |", "|---|---|--:|---|---|---|"]
    for _, row in table.iterrows():
        cells = (
            row["what"],
            row["of"],
            _number(float(row["value"]), row["unit"]),
            row["unit"],
            _spread(row),
            row["note"],
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines


def _stamp(table: pd.DataFrame) -> str:
    stamps = table[table["what"] == "stamp"]
    return (
        "Measured on: " + "; ".join(f"{of} {note}" for of, note in zip(stamps["of"], stamps["note"], strict=True)) + "."
    )


def page(table: pd.DataFrame) -> str:
    """Return the page, Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` from [benchmarks.csv](benchmarks.csv); every number is derived again from that table.",
        "Medians, with the lowest and the highest. Ratios are taken within one turn of one process.",
        "",
        "![Nanoseconds per purchase, by way of writing the day](benchmarks.svg)",
    ]
    for part in (p for p in TITLES if p in set(table["part"])):
        here = table[table["part"] == part]
        lines += [
            "",
            f"## {TITLES[part]}",
            "",
            TEXTS[part],
            "",
            *_rows(here[here["what"] != "stamp"]),
            "",
            _stamp(here),
        ]
    return "\n".join(lines) + "\n"


def _bars(table: pd.DataFrame) -> pd.DataFrame:
    """Return the bars from the bottom to the top: the slowest first; one thread."""
    rows = table[table["unit"].eq("ns per purchase") & table["part"].isin(("peers", "limits"))]
    rows = rows[~rows["what"].str.contains("2 threads")]
    rows = rows[(rows["part"] == "peers") | rows["what"].eq("machine's limit")]
    rows = rows.assign(value=rows["value"].astype(float), second=rows["of"].eq(BOTH))
    return rows.sort_values(["second", "value"], ascending=[False, False], ignore_index=True)


def _name(what: str) -> str:
    return what.replace(", 1 thread", "").replace("crowd", "eum")


def _dot(axes: Axes, height: float, bar: pd.Series, most: float) -> None:
    """Draw the median, the spread and the words of one way of writing the day."""
    colour = "#0072b2" if bar["what"].startswith("crowd") else style.GREY
    axes.plot([float(bar["min"]), float(bar["max"])], [height, height], color=colour, linewidth=1.2)
    axes.plot([bar["value"]], [height], "o", color=colour, markersize=6)
    text, far = f"{_name(bar['what'])}: {_number(bar['value'], '')} ns", float(bar["value"]) > most / 30
    at = float(bar["min"]) / 1.3 if far else float(bar["max"]) * 1.3
    weight = style.BOLD if colour != style.GREY else "normal"
    axes.text(at, height, text, va="center", ha="right" if far else "left", fontsize=8.5, weight=weight)


def message(table: pd.DataFrame) -> str:
    """Return the one sentence of the picture, from the ratios measured with a policy."""
    ratios = table[table["unit"].eq("times the crowd") & table["of"].eq(BOTH)].set_index("what")["value"]
    if "NumPy, 1 thread" not in ratios or "plain Mesa, 1 thread" not in ratios:
        return "Time per purchase"
    numpy, mesa = float(ratios["NumPy, 1 thread"]), float(ratios["plain Mesa, 1 thread"])
    return f"With a policy NumPy takes {numpy:.1f} times as long as eum, plain Mesa {mesa:,.0f} times"


def draw(table: pd.DataFrame, axes: Axes) -> None:
    """Draw nanoseconds per purchase on a logarithmic scale: a dot for each way of writing the day."""
    bars = _bars(table)
    heights = [i + 1.0 * (not second) for i, second in enumerate(bars["second"])]
    most = bars["value"].max()
    for height, (_, bar) in zip(heights, bars.iterrows(), strict=True):
        _dot(axes, height, bar, most)
    for second, title in ((True, BOTH), (False, ALONE)):
        top = [h for h, s in zip(heights, bars["second"], strict=True) if s == second]
        if top:
            axes.text(1.1, max(top) + 0.5, title[0].upper() + title[1:], weight=style.BOLD, va="bottom", fontsize=8.5)
    axes.set_title(message(table))
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.set_xlim(1, most * 3)
    axes.set_ylim(-0.6, max(heights) + 1.3)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("nanoseconds per purchase, one thread, logarithmic scale; line: lowest to highest")


def picture(table: pd.DataFrame) -> str:
    """Return the picture, SVG, or an empty text where the table has no peers yet."""
    if _bars(table).empty:
        return ""
    with house_style():
        figure = Figure(figsize=(style.WIDTH_INCHES * 1.3, 4.0), layout="constrained", facecolor=style.PAPER)
        draw(table, figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", facecolor=style.PAPER, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def write_pages(folder: Path) -> None:
    """Write benchmarks.md and benchmarks.svg beside benchmarks.csv."""
    table = pd.read_csv(folder / "benchmarks.csv", keep_default_na=False)
    (folder / "benchmarks.md").write_text(page(table), encoding="utf-8")
    (folder / "benchmarks.svg").write_text(picture(table), encoding="utf-8")
