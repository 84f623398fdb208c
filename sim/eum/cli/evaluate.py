"""The verb that tries designs of evaluation on simulated card data."""

from pathlib import Path
from typing import TYPE_CHECKING

from eum.cli.options import Data, OutFolder, Scale, Seeds, app, progress_bar
from eum.cli.screen import print_table

if TYPE_CHECKING:
    import pandas as pd

    from eum.city.data import Package
    from eum.output.evidence_pages.evaluations import Facts


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

    from eum.analysis.validation.evaluation_designs.compare import Asked, evaluations
    from eum.city.data import load_package
    from eum.dimensions import FAMILIES
    from eum.output.evidence_pages.evaluations import write_page

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
    from eum.analysis.validation.evaluation_designs.user_survey import USERS
    from eum.dimensions import AS_PUBLISHED
    from eum.outcomes.effects import published_ratios
    from eum.output.evidence_pages.evaluations import Facts

    shares = {f"survey_{what}_share": 100 for what in ("overstates", "forgets")}
    overstates, forgets = (f"{factor * package.assumption(name):g}" for name, factor in shares.items())
    growth = f"{package.assumption('card_growth_before_percent', item='outside'):g}"
    return Facts(growth, overstates, forgets, USERS, published_ratios(package)[AS_PUBLISHED])


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
