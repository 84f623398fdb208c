"""The page as one file that needs nothing else: stored answers, words, letters and the script of the page inside."""

import contextlib
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eum.artifacts import write_whole
from eum.errors import InputError
from eum.output.report.fonts import Fonts
from eum.output.report.i18n import LANGUAGES, load_words

PAGE = "index.html"
SCRIPTS = ("numbers", "emulator", "reading", "draw", "show", "compare", "take", "live", "crowd", "start")
"""Files of the script, in the order in which they stand on the page."""
_FROM_REPORT = ("district", "rung", "accounting", "family", "family_short", "sales_band")
"""Groups of phrases that the page shares with the report."""


def dashboard_phrases(language: str) -> dict[str, str]:
    """Return all phrases of the page in a language: its own, and those it shares with the report."""
    text = resources.files(__package__).joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    own = _flat(tomllib.loads(text))
    report = load_words(language).phrases
    return {key: told for key, told in report.items() if key.split(".")[0] in _FROM_REPORT} | own


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: str(value)}
    return found


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _for_script(value: object) -> Markup:
    """Return JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def dashboard_html(stored: dict[str, Any]) -> str:
    """Return the page of stored answers as HTML, its letters cut down to those it can show."""
    words = {language: dashboard_phrases(language) for language in LANGUAGES}
    environment = Environment(loader=PackageLoader("eum.output.dashboard"), autoescape=True, undefined=StrictUndefined,
                              keep_trailing_newline=True)  # fmt: skip
    scripts = [_template(f"{name}.js") for name in SCRIPTS]
    letters = json.dumps(words, ensure_ascii=False) + "".join(scripts) + str(stored["template"])
    return environment.get_template("page.html.jinja").render(
        fonts=Markup(Fonts([letters]).faces(letters)),
        style=Markup(_template("style.css")),
        brief=Markup(_template("brief.html").replace("</script", "<\\/script")),
        words=_for_script(words),
        answers=_for_script(stored),
        script=Markup("\n".join(scripts)),
    )


def export(stored: dict[str, Any], folder: Path) -> Path:
    """Write the page as `folder`/index.html; returns the file. It opens from disk, offline.

    Raises InputError for a folder that holds something else than an earlier page.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; expected a folder for the page")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / PAGE).is_file():
        raise InputError(f"{folder}: holds something else than a page; expected a new or empty folder")
    was_there = folder.exists()
    try:
        return write_whole(folder / PAGE, dashboard_html(stored))
    except OSError:
        if not was_there:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
