"""What the guides show works: every command is run as it stands there, and the site is built from the repository."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import nullcontext
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from eum.cli import app
from eum.cli.renamed import current_spelling

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
GUIDES = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
NAMES = [guide.stem for guide in GUIDES]

NOT_RUN = {
    "make .venv/ready": "sets up what these tests run in",
    "source .venv/bin/activate": "as above",
    "dask scheduler": "serves until it is stopped",
    "dask worker tcp://host:8786 --nworkers 8 --nthreads 1": "joins a scheduler on another machine",
    "eum study gyeyang-2020 --cluster tcp://host:8786": "needs that cluster",
    "eum study gyeyang-2020": "some minutes: the whole study",
    "eum report results/gyeyang-2020": "needs the whole study",
    "eum compare incheon-2020-actual gyeyang-2020-actual --until-halfwidth 2 --workers 8": "20 runs or more",
    "eum compare incheon-2020-actual gyeyang-2020-actual --until-halfwidth 2 --days 2020-03-01..2020-03-31": "as above",
    "eum equal city-rate rate_percent --to incheon-2020-actual --within 1..12:0.01": "some minutes",
    "eum search search-gyeyang": "some minutes",
    "eum game game-top-ups": "some minutes",
    "eum mechanisms": "some minutes",
    "eum responses": "some minutes",
    "eum evaluations --scale 0.03 --seeds 10": "an hour",
    "eum transfer": "some minutes",
    "eum recover fit-2019": "half an hour",
    "eum fit fit-2019": "needs the same rows",
    "eum validate fit-2019": "needs the same rows",
    "eum sensitivity": "half an hour",
    "eum verify results/gyeyang-2020 --all": "needs the whole study, and as long again",
    "eum page": "serves until it is stopped",
    "eum page --rebuild": "a quarter of an hour",
}
"""Commands that are shown and not run, with the reason; those of eum must still be what the command understands."""

_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language, the file it is to be written to (or ""), its text."""

    language: str
    file: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Its lines, those that end in a backslash joined with the next."""
        return [line for line in self.text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def blocks(guide: Path) -> list[Block]:
    """Return the fenced blocks of a guide in order."""
    return [Block(*found.groups(default="")) for found in _BLOCK.finditer(guide.read_text(encoding="utf-8"))]


def shell_commands(guide: Path) -> list[str]:
    """Return every command that a guide shows."""
    return [command for block in blocks(guide) if block.language == "sh" for command in block.commands]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder like the top of a clone, with `eum` and `python` on the path of `bin`."""
    for name in ("data", "designs", "reports"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    for table in DOCS.glob("*.csv"):
        shutil.copy(table, tmp_path / "docs")
    (tmp_path / "bin").mkdir()
    python = shlex.quote(sys.executable)
    for name, call in (("python", ""), ("eum", " -c 'from eum.cli import main; main()'")):
        file = tmp_path / "bin" / name
        file.write_text(f'#!/bin/sh\nexec {python}{call} "$@"\n', encoding="utf-8")
        file.chmod(0o755)
    return tmp_path


def done(command: list[str], clone: Path) -> str:
    """Run a command at the top of the clone and return all it prints; it must succeed."""
    path = os.pathsep.join((str(clone / "bin"), os.environ["PATH"]))
    env = {**os.environ, "PATH": path, "PYTHONPATH": f"{REPOSITORY / 'sim'}{os.pathsep}{REPOSITORY}"}
    ran = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout + ran.stderr


def plain(text: str) -> str:
    """Return a text with all white space made single spaces."""
    return " ".join(text.split())


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_a_guide_works_from_its_first_line_to_its_last(guide: Path, clone: Path) -> None:
    printed = ""
    for block in blocks(guide):
        if block.file:
            (clone / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            wanted = [command for command in block.commands if command not in NOT_RUN]
            printed = done(["bash", "-euc", "\n".join(wanted)], clone) if wanted else ""
        elif block.language == "python":
            printed = done([sys.executable, "-c", block.text], clone)
        else:
            assert block.language == "text", f"{block.language}: a block that nobody runs, writes or compares"
            assert plain(block.text) in plain(printed), f"{guide.name} shows what is not printed: {block.text}"


def understood(command: str) -> None:
    """Read a command of eum as the command itself would, down to its last option, without running it."""
    name, *words = shlex.split(re.split(r" (?:\|\||&&) ", command)[0])
    # The command itself reads old names so; its groups are walked through by hand here.
    words = current_spelling(words).words
    asked: Any = get_command(app)
    context = None
    while isinstance(asked, TyperGroup):
        context = asked.make_context(name, [], parent=context, resilient_parsing=True)
        assert words, f"{command}: missing verb"
        name = words.pop(0)
        asked = asked.get_command(context, name)
        assert asked is not None, f"{command}: no verb {name}"
    asked.make_context(name, words, parent=context)


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_command_of_eum_is_understood(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Folders of data are made by the guides themselves.
    monkeypatch.setattr("eum.city.data.data_from", nullcontext)
    commands = [command for command in shell_commands(guide) if command.startswith("eum ")]
    assert commands, "a guide without a command"
    for command in commands:
        understood(command)


@pytest.mark.parametrize(
    "command", ["eum comparr a b", "eum run none --sale 1", "eum policy", "eum replay 2019-05-01", "eum validate"]
)
def test_a_command_that_eum_does_not_know_is_found_out(command: str) -> None:
    with pytest.raises(Exception, match=r"no verb|missing verb|No such option|Missing argument|Missing parameter"):
        understood(command)


def test_what_is_not_run_is_shown_somewhere() -> None:
    shown = {command for guide in GUIDES for command in shell_commands(guide)}
    assert set(NOT_RUN) - shown == set()


class _Fetched(HTMLParser):
    """Collects what a browser fetches to show a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.fetched += [given["src"]] if "src" in given else []
        self.fetched += [given["href"]] if tag == "link" and given.get("rel") != "canonical" else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    env = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'sim'}{os.pathsep}{REPOSITORY}", "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def test_the_site_fetches_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(GUIDES)
    for page in pages:
        reader = _Fetched()
        reader.feed(page.read_text(encoding="utf-8"))
        assert reader.fetched
        assert [found for found in reader.fetched if re.match(r"([a-z]+:)?//", found)] == [], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import\s+)[\"']?([a-z]+:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_site_holds_every_guide_notebook_room_and_page_of_evidence(site: Path) -> None:
    pages = {page.relative_to(site).with_suffix("").as_posix() for page in site.rglob("*.html")}
    wanted = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}
    wanted |= {f"notebooks/{text.stem}" for text in (REPOSITORY / "notebooks").glob("*.py")}
    wanted |= {f"reference/{room.parent.name}" for room in (REPOSITORY / "sim" / "eum").glob("*/__init__.py")}
    assert wanted - pages == set()


def test_docstrings_reach_the_reference(site: Path) -> None:
    told = (site / "reference" / "behavior.html").read_text(encoding="utf-8")
    assert "takes_grant" in told and "Return whether a person takes a grant on the card" in told
    assert "&gt;&gt;&gt;" in told, "worked examples are shown as code"


def test_the_site_is_shown_without_another_host(site: Path, chromium_path: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    asked: list[str] = []
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index", "tutorial", "reference/behavior", "notebooks/reading_the_2_9"):
            page.goto((site / f"{name}.html").as_uri())
            page.wait_for_load_state("networkidle")
        browser.close()
    assert len(asked) > 4
    assert [url for url in asked if not url.startswith("file:")] == []
