"""The group `docs`: pages written from the code, the data and stored tables."""

from pathlib import Path
from typing import Annotated

import typer

from eum.artifacts import write_whole
from eum.cli.front import group
from eum.cli.options import Data, Lang, OutFile
from eum.cli.screen import say
from eum.errors import InputError
from eum.resources import resource

docs_app = group("docs", "Pages written from the code and the data.")


@docs_app.command("model-card")
def model_card_page(
    measured: Annotated[
        Path | None, typer.Option(help="Table of eum validate ablation (default: that of eum).")
    ] = None,
    responses: Annotated[
        Path | None, typer.Option(help="Table of eum validate patterns (default: that of eum).")
    ] = None,
    out: OutFile = Path("results/model-card.md"),
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Write the model card (ODD+D).

    From the code, the data and the tables of the ablation and of the patterns.

    Example: eum docs model-card --out model-card.md
    """
    import pandas as pd

    from eum.city.data import load_city_data
    from eum.output.evidence_pages.model_card import model_card

    tables = []
    for given, stem, command in ((measured, "mechanisms", "ablation"), (responses, "responses", "patterns")):
        table = given or resource(f"docs/{stem}.csv")
        if not table.is_file():
            raise InputError(f"{table}: no such table; expected the one that eum validate {command} writes")
        tables.append(pd.read_csv(table))
    text = model_card(load_city_data(), *tables)
    write_whole(out, text)
    say(f"Model card: {out}")
