"""Names of commands and options: old ones still work, with a hint, and none is in the way of a new one."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from eum import __version__, cli
from eum.cli.front import EVERYDAY, GROUPS, MORE
from eum.cli.renamed import COMMANDS, GONE_WITH, OPTIONS, OPTIONS_OF, VALIDATIONS, current_spelling


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the name, such as "decide regret", and the command of every leaf."""
    for name, command in (group or typer.main.get_command(cli.app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


LEAVES = dict(commands())


def options_of(command: Any) -> set[str]:
    """Return every spelling of every option of a command."""
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize(("old", "new"), COMMANDS.items())
def test_an_old_command_is_the_new_one_and_no_other(old: str, new: str) -> None:
    arguments = ["x"] if old == "validate" else []
    read = current_spelling([*old.split(), *arguments])
    assert read.words == [*new.split(), *arguments]
    assert read.hint == f"eum {old} is now eum {new}; the old name goes with {GONE_WITH}"
    assert new.split(" --")[0] in LEAVES and old not in LEAVES
    assert current_spelling(read.words) == (read.words, ""), "what is new is not old"


def test_every_old_option_leads_to_an_option_and_hides_none() -> None:
    for name, command in LEAVES.items():
        given = options_of(command)
        for old, new in {**OPTIONS, **OPTIONS_OF.get(name, {})}.items():
            assert old not in given, f"eum {name} {old} would be taken for {new}"
    for old, new in OPTIONS.items():
        assert any(new in options_of(command) for command in LEAVES.values()), old
    for name, renamed in OPTIONS_OF.items():
        assert set(renamed.values()) <= options_of(LEAVES[name])


def test_old_options_are_read_with_their_values_and_one_hint_names_all() -> None:
    read = current_spelling(["equal", "a", "b", "--to", "c", "--within=1..2:1", "--family", "causal", "--points", "3"])
    wanted = "decide break-even a b --target c --range=1..2:1 --evidence causal --grid-points 3"
    assert " ".join(read.words) == wanted
    assert read.hint.count(" is now ") == 5 and read.hint.endswith(f"; the old names go with {GONE_WITH}")
    assert current_spelling(["verify", "r", "--all", "--sample", "w"]).words[2:] == ["--all-runs", "--sample-key", "w"]
    assert current_spelling(["study", "--all"]) == (["study", "--all"], ""), "only where it was an option"
    assert current_spelling(["run", "x", "--", "--family"]).words[-1] == "--family"
    assert current_spelling(["--lang", "ko", "page"]).words == ["--lang", "ko", "dashboard"]
    measured = current_spelling(["expect", "--measure-error", "--errors", "e.csv"])
    assert measured.words == ["validate", "engine-error", "--out", "e.csv"]


def test_validate_is_a_group_and_with_old_arguments_the_blind_forecast(eum: Callable) -> None:
    for name in VALIDATIONS:
        assert current_spelling(["validate", name]).hint == ""
    assert current_spelling(["validate", "fit-history"]).words == ["calibrate", "forecast", "fit-history"]
    assert current_spelling(["validate", "--workers", "2"]).words[:2] == ["calibrate", "forecast"]
    bare = eum("validate")
    assert bare.returncode == 2
    assert "is now eum calibrate forecast" in bare.stderr.splitlines()[0] and "ablation" in bare.stderr


def test_an_old_spelling_says_so_on_one_line_and_fails_by_the_new_name(eum: Callable, tmp_path: Path) -> None:
    done = eum("expect", "incheon-2020-actual", "--family", "gut")
    hint, error = done.stderr.splitlines()
    assert done.returncode == 2
    assert hint.startswith("eum expect is now eum compare --engine expected, --family is now --evidence; the old names")
    assert error.startswith("eum: --evidence: gut: expected all or one of")


def test_old_names_are_gone_with_the_version_that_drops_them() -> None:
    version = tuple(map(int, __version__.split(".")[:2]))
    assert version < tuple(map(int, GONE_WITH.split("."))), "take the table of old names out"


def test_help_has_its_order_and_no_old_name(eum: Callable) -> None:
    message = eum("--help").stdout
    places = [message.index(f"\n  {name} ") for name in (*EVERYDAY, *MORE, *GROUPS)]
    assert places == sorted(places) and len(places) == len(typer.main.get_command(cli.app).commands)
    assert all(f"\n  {old} " not in message for old in COMMANDS if " " not in old and old != "validate")
    assert "--install-completion" in message and "..." not in message.replace("[ARGS]...", ""), (
        "each command is one whole sentence"
    )


@pytest.mark.parametrize("words", ["eum dec", "eum run --per", "eum validate eng"])
def test_the_shell_completes_commands_and_options(words: str, eum: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_EUM_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    found = eum().stdout.split()
    assert {"eum dec": "decide", "eum run --per": "--period", "eum validate eng": "engine-error"}[words] in found


def test_a_period_stands_for_start_and_end(tmp_path: Path, eum: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # The last day of the period is not the one asked for: --end is what counts.
    for days in (("--period", "2020-03-10..2020-03-11"), ("--days", "2020-03-10..2020-03-11")):
        done = eum("run", "none", *days, "--end", "2020-03-01")
        assert "--end: 2020-03-01: expected the last day after the first (2020-03-10)" in done.stderr
    assert os.listdir(tmp_path) == []
