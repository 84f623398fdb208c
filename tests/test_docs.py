"""What the guides show works: every command and Python block is run as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from eum.cli import app
from eum.cli.renamed import current_spelling

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
GUIDES = [*sorted(DOCS.glob("tutorial*.md")), *sorted((DOCS / "how-to").glob("*.md"))]
GUIDES = [guide for guide in GUIDES if not guide.stem.endswith(".ko")]
"""Pages whose commands are run; a page in Korean has those of its original (tests/test_translations.py)."""

NAMES = [guide.stem for guide in GUIDES]

NOT_RUN = {
    "make .venv/ready": "sets up what these tests run in",
    "source .venv/bin/activate": "as above",
    "dask scheduler": "serves until it is stopped",
    "dask worker tcp://host:8786 --nworkers 8 --nthreads 1": "joins a scheduler on another machine",
    "eum study gyeyang-2020 --cluster tcp://host:8786": "needs that cluster",
    "dask scheduler --protocol tls": "serves until it is stopped",
    "dask worker tls://host:8786 --nworkers 8 --nthreads 1": "joins a scheduler on another machine",
    "eum study gyeyang-2020 --cluster tls://host:8786": "needs that cluster",
    "eum study gyeyang-2020": "some minutes: the whole study",
    "eum report results/gyeyang-2020": "needs the whole study",
    "eum compare incheon-2020-actual gyeyang-2020-actual --precision 2 --workers 8": "20 runs or more",
    "eum compare incheon-2020-actual gyeyang-2020-actual --precision 2 --start 2020-03-01 --end 2020-03-31": "as above",
    "eum decide break-even city-rate rate_percent --target incheon-2020-actual --range 1..12:0.01": "some minutes",
    "eum calibrate predict 2025-12-31": "needs the posterior of a fit",
    "eum calibrate mechanisms": "some minutes",
    "eum calibrate checks fit-history": "needs the posterior of a fit",
    "eum decide optimize search-gyeyang": "some minutes",
    "eum decide game game-top-ups": "some minutes",
    "eum validate ablation": "some minutes",
    "eum validate patterns": "some minutes",
    "eum validate estimators --scale 0.03 --seeds 10": "an hour",
    "eum validate external": "some minutes",
    "eum calibrate fit fit-history": "three quarters of an hour",
    "eum calibrate forecast fit-history": "needs the same runs",
    "eum calibrate recover fit-history": "needs the same runs",
    "eum sensitivity": "half an hour",
    "eum verify results/gyeyang-2020 --all-runs": "needs the whole study, and as long again",
    "eum dashboard": "serves until it is stopped",
    "eum dashboard --rebuild": "a quarter of an hour",
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


_NEXT = "---- the next block of this session ----"


def python_outputs(texts: list[str], clone: Path) -> list[str]:
    """Run blocks of Python one after the other in one session and return what each prints."""
    return done([sys.executable, "-c", f"\nprint({_NEXT!r})\n".join(texts)], clone).split(_NEXT)


def session(following: list[Block]) -> list[str]:
    """Return the texts of the blocks of Python that a session begins with: those before the next command or file."""
    end = next((i for i, block in enumerate(following) if block.file or block.language == "sh"), len(following))
    return [block.text for block in following[:end] if block.language == "python"]


def plain(text: str) -> str:
    """Return a text with all white space made single spaces."""
    return " ".join(text.split())


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_a_guide_works_from_its_first_line_to_its_last(guide: Path, clone: Path) -> None:
    printed, outputs = "", list[str]()
    for i, block in enumerate(blocks(guide)):
        if block.language == "python" and not block.file:
            outputs = outputs or python_outputs(session(blocks(guide)[i:]), clone)
            printed = outputs.pop(0)
        elif block.file:
            (clone / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            wanted = [command for command in block.commands if command not in NOT_RUN]
            printed = done(["bash", "-euc", "\n".join(wanted)], clone) if wanted else ""
        else:
            assert block.language == "text", f"{block.language}: a block that nobody runs, writes or compares"
            assert plain(block.text) in plain(printed), f"{guide.name} shows what is not printed: {block.text}"


def understood(command: str) -> None:
    """Read a command of eum as the command itself would, down to its last option, without running it."""
    name, *words = shlex.split(re.split(r" (?:\|\||&&) ", command)[0])
    # The command itself reads old names so; its groups are walked through by hand here.
    words = current_spelling(words).words
    found: Any = get_command(app)
    context = None
    while isinstance(found, TyperGroup):
        context = found.make_context(name, [], parent=context, resilient_parsing=True)
        assert words, f"{command}: missing command"
        name = words.pop(0)
        found = found.get_command(context, name)
        assert found is not None, f"{command}: no command {name}"
    found.make_context(name, words, parent=context)


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_command_of_eum_is_understood(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Folders of data are made by the guides themselves.
    monkeypatch.setattr("eum.city.data.data_from", nullcontext)
    commands = [command for command in shell_commands(guide) if command.startswith("eum ")]
    assert commands or any(block.language == "python" for block in blocks(guide)), "a guide without a command"
    for command in commands:
        understood(command)


@pytest.mark.parametrize(
    "command", ["eum comparr a b", "eum run none --sale 1", "eum policy", "eum replay 2019-05-01", "eum validate"]
)
def test_a_command_that_eum_does_not_know_is_found_out(command: str) -> None:
    with pytest.raises(
        Exception, match=r"no command|missing command|No such option|Missing argument|Missing parameter"
    ):
        understood(command)


def test_what_is_not_run_is_shown_somewhere() -> None:
    shown = {command for guide in GUIDES for command in shell_commands(guide)}
    assert set(NOT_RUN) - shown == set()
