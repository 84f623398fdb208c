"""The pictures of a choice in both languages, as text of SVG files by name."""

from functools import partial

import pandas as pd

from eum.output.report import decision_figures
from eum.output.report.i18n import LANGUAGES, Words, load_words
from eum.output.report.render_figure import Draw, rendered_svg
from eum.runner.results_store import StoredTables

_ROW_INCHES = 0.42
_FRONT_INCHES, _GAME_INCHES = 4.2, 5.4


def _picture(draw: Draw, height: float, name: str, words: Words) -> dict[str, str]:
    return {name: rendered_svg(draw, height, name, words("figure.alt"))}


def front_pictures(tables: StoredTables, measures: dict[str, str]) -> dict[str, str]:
    """Return one picture for the first measure against each other one; `measures` are the objectives and their units.

    Nothing where no design is allowed, or with a single objective.
    """
    rows, (first, *others) = tables["front"], measures
    found: dict[str, str] = {}
    for words in map(load_words, LANGUAGES if len(rows) else ()):
        for number, other in enumerate(others, start=1):
            draw = partial(decision_figures.front_figure, rows, (first, other), measures, words=words)
            found |= _picture(draw, _FRONT_INCHES, f"front-{number}-{words.language}", words)
    return found


def regret_pictures(tables: StoredTables, measure: str, unit: str) -> dict[str, str]:
    """Return the picture of regrets, and one of flips for every two designs that change places."""
    rows, flipped = tables["regret"], tables["flips"].dropna(subset=["flip"])
    pairs = [part for _, part in flipped.groupby(["design", "other"], sort=False)]
    found: dict[str, str] = {}
    for words in map(load_words, LANGUAGES):
        height = 1.4 + _ROW_INCHES * rows["design"].nunique()
        draw = partial(decision_figures.regret_figure, rows, unit, measure, words=words)
        found |= _picture(draw, height, f"regret-{words.language}", words)
        for number, part in enumerate(pairs, start=1):
            height = 1.9 + _ROW_INCHES * part["parameter"].nunique()
            draw = partial(decision_figures.switching_figure, part, words=words)
            found |= _picture(draw, height, f"flips-{number}-{words.language}", words)
    return found


def game_pictures(audit: pd.DataFrame) -> dict[str, str]:
    """Return one picture of the payoffs for each family and language."""
    found: dict[str, str] = {}
    for words in map(load_words, LANGUAGES):
        for family, part in audit.groupby("family", sort=False):
            draw = partial(decision_figures.game_figure, part, words=words)
            found |= _picture(draw, _GAME_INCHES, f"payoffs-{family}-{words.language}", words)
    return found
