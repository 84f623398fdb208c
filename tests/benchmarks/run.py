"""`make bench`: measure the engine, its peers and the machine, and write the table, the page and the picture.

Parts can be measured one by one; the others keep their rows. `--quick` measures little of everything, to see that
all of it works; its figures say nothing.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.benchmarks.coupling import coupling_figures
from tests.benchmarks.engine_part import engine_figures, ensemble_figures, scale_figures
from tests.benchmarks.pages import TITLES, write_pages
from tests.benchmarks.peers_part import limits_figures, peers_figures
from tests.benchmarks.samples import Sample, samples_figures
from tests.benchmarks.stages import stages_figures
from tests.benchmarks.stamp import REPOSITORY, stamp
from tests.benchmarks.start import start_figures
from tests.benchmarks.timing import Figure, Say, as_table, kept

SIZES = [(0.01, 1), (0.1, 1), (1.0, 1), (1.0, 4), (1.0, 20)]
"""Scale and how many times every person: 26 thousand to 52 million residents."""

SAMPLES = [Sample(0.01, range(1, 41)), Sample(0.1, range(1, 9)), Sample(1.0, range(1, 3))]
"""Scales at which the same two worlds are run, with their seeds."""

Part = Callable[[Say], list[Figure]]


def parts_of(chosen: argparse.Namespace) -> dict[str, Part]:
    """Return what each part measures under the options."""
    scale, days, threads, repeats = chosen.scale, chosen.days, chosen.threads, chosen.repeats
    sizes = SIZES[:2] if chosen.quick else [s for s in SIZES if s[0] * s[1] <= chosen.largest]
    runs, seeds = (4, 4) if chosen.quick else (200, 60)
    turns = 2 if chosen.quick else 7
    samples = [s._replace(seeds=s.seeds[:2]) for s in SAMPLES[:2]] if chosen.quick else SAMPLES
    return {
        "peers": lambda say: peers_figures(scale, threads, turns, say),
        "limits": lambda say: limits_figures(scale, turns, say),
        "stages": lambda say: stages_figures(scale, turns, say),
        "coupling": lambda say: coupling_figures(0.01, seeds, 50 * seeds, say),
        "start": lambda say: start_figures(turns, say),
        "engine": lambda say: engine_figures(scale, days, threads, repeats, say),
        "scale": lambda say: scale_figures(sizes, 5, max(threads), say),
        "ensemble": lambda say: ensemble_figures(runs, 0.01, days, 2, say),
        "samples": lambda say: samples_figures(samples, days, max(threads), say),
    }


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the options of the command line."""
    reader = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    reader.add_argument("--part", action="append", choices=list(TITLES), help="only this part; may be given again")
    reader.add_argument("--scale", type=float, default=1.0, help="share of residents (default: all)")
    reader.add_argument("--days", type=int, default=365, help="days from 1 January 2020 (default: 365)")
    reader.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads (default: 1 2)")
    reader.add_argument("--repeats", type=int, default=3, help="years measured for each setting (default: 3)")
    reader.add_argument("--largest", type=float, default=20.0, help="largest city, times Incheon (default: 20)")
    reader.add_argument("--quick", action="store_true", help="a minute to see that everything works")
    reader.add_argument("--folder", type=Path, default=REPOSITORY / "docs", help="where the table and page go")
    chosen = reader.parse_args(arguments)
    if chosen.quick:
        chosen.scale, chosen.days, chosen.repeats = 0.01, 5, 1
    return chosen


def measure(name: str, part: Part, console: Console) -> list[Figure]:
    """Measure one part, showing what is being done, and return its rows with their stamp."""
    first = stamp()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(TITLES[name], total=None)

        def say(text: str) -> None:
            progress.update(task, description=f"{TITLES[name]}: {text}")
            if not console.is_terminal:
                console.print(f"{name}: {text}", highlight=False, soft_wrap=True)

        found = part(say)
    for f in found:
        console.print(
            f"  {f.what}, {f.of}: {f.value:.4g} {f.unit} ({f.low:.4g} to {f.high:.4g})", highlight=False, soft_wrap=True
        )
    return [*found, *first]


def main(arguments: list[str] | None = None) -> None:
    """Measure the chosen parts one after the other; the table is written after each, so nothing measured is lost."""
    chosen, console = options(arguments), Console()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name, part in parts_of(chosen).items():
        if chosen.part and name not in chosen.part:
            continue
        console.print(f"[bold]{TITLES[name]}[/bold]")
        kept(chosen.folder / "benchmarks.csv", as_table(name, measure(name, part, console)))
        write_pages(chosen.folder)
    console.print(f"written: {chosen.folder.name}/benchmarks.csv, benchmarks.md, benchmarks.svg")


if __name__ == "__main__":
    main()
