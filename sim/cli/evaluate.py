"""The verb that tries designs of evaluation on simulated card data."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.options import Data, OutFolder, Scale, Seeds, app, progress_bar
from sim.cli.screen import print_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.city.package import Package
    from sim.report.evaluations import Facts


@app.command()
def evaluations(
    scale: Scale = 0.01,
    seeds: Seeds = 5,
    out: OutFolder = Path("results"),
    data: Data = None,
) -> None:
    """Try the known designs of evaluation on simulated card data: what each would have reported, and the truth.

    Example: eum evaluations --scale 0.03 --seeds 10
    """
    import pandas as pd

    from sim.city.package import load_package
    from sim.report.evaluations import write_page
    from sim.study.evaluations.table import Asked, evaluations
    from sim.vocabulary import FAMILIES

    package = load_package()
    asked = Asked(FAMILIES, scale, tuple(range(1, seeds + 1)))
    with progress_bar() as progress:
        task = progress.add_task("Living the months by day", total=asked.n_days)
        rows = evaluations(package, asked, lambda: progress.advance(task))
    out.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out / "evaluations.csv", index=False, float_format="%.6g", lineterminator="\n")
    # Of the numbers as written: who has the table can write the page again.
    write_page(out, pd.read_csv(out / "evaluations.csv"), facts(package))
    _print(rows)
    print(f"Table: {out / 'evaluations.csv'}\nPage: {out / 'evaluations.md'}")


def facts(package: "Package") -> "Facts":
    """Return the numbers of the page that are no results: from the data and the set-up of the runs."""
    from sim.report.evaluations import Facts
    from sim.study.evaluations.survey import USERS

    shares = {f"survey_{what}_share": 100 for what in ("overstates", "forgets")}
    overstates, forgets = (f"{factor * package.assumption(name):g}" for name, factor in shares.items())
    return Facts(f"{package.assumption('card_growth_before_percent', item='outside'):g}", overstates, forgets, USERS)


def _print(rows: "pd.DataFrame") -> None:
    families = list(dict.fromkeys(rows["family"]))
    cells = []
    for (design, measure), part in rows[rows["estimate"].notna()].groupby(["design", "measure"], sort=False):
        told = part.set_index("family")[["estimate", "truth"]]
        figures = (f"{100 * told.loc[f, 'estimate']:,.1f} / {100 * told.loc[f, 'truth']:,.1f}" for f in families)
        cells.append((design, measure, *figures))
    caption = "Won per 100 won, percent of payments, or log points (%); means over seeds."
    title = "What each design reports / the truth of it"
    print_table(title, ("design", "measure", *families), cells, families, caption)
