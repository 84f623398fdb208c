"""What commands and options were called before 0.2: they still work, with a hint, until 0.4. One table drives all."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

GONE_WITH = "0.4"
"""The version that no longer knows the old names."""

COMMANDS: Mapping[str, str] = MappingProxyType({
    "expect": "compare --engine expected",
    "page": "dashboard",
    "town": "demo",
    "replay": "history replay",
    "policy record": "history coverage",
    "city check": "data check",
    "fit": "calibrate fit",
    "recover": "calibrate recover",
    "validate": "calibrate forecast",
    "card": "docs model-card",
    "equal": "decide break-even",
    "regret": "decide regret",
    "search": "decide optimize",
    "game": "decide game",
    "mechanisms": "validate ablation",
    "responses": "validate patterns",
    "evaluations": "validate estimators",
    "transfer": "validate external",
})  # fmt: skip
"""Old name of a command -> its name, and options that it stands for."""

MEASURE_ERROR = "--measure-error"
"""With this option `eum expect` was another command."""
ENGINE_ERROR = "validate engine-error"

VALIDATE, VALIDATIONS = (
    "validate",
    (
        *("ablation", "patterns", "estimators", "external", "engine-error"),
        *("score", "benchmarks"),
    ),
)
"""`eum validate` was a command; it is a group of these."""

OPTIONS: Mapping[str, str] = MappingProxyType({
    "--family": "--evidence",
    "--without": "--disable",
    "--rung": "--effect",
    "--until-halfwidth": "--precision",
    "--most": "--max-seeds",
    "--beyond": "--relative-to",
    "--own": "--user-data",
    "--own-joining": "--endogenous-adoption",
})  # fmt: skip
"""Old name of an option -> its name, in every command."""

OPTIONS_OF: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "decide break-even": {"--to": "--target", "--within": "--range", "--points": "--grid-points"},
    "decide regret": {"--points": "--grid-points"},
    "verify": {"--all": "--all-runs", "--sample": "--sample-key"},
    ENGINE_ERROR: {"--errors": "--out"},
})  # fmt: skip
"""The same, in one command (by its present name) alone."""


class Spelling(NamedTuple):
    """The words of a command line by their present names, and one line on what was old among them ("" for nothing)."""

    words: list[str]
    hint: str


def _command_at(words: Sequence[str]) -> int:
    """Return where the command begins, after the options of `eum` itself."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] == "--lang" else 1
    return place


def _old_command(words: Sequence[str]) -> tuple[str, str, list[str]]:
    """Return old and new name of the command ("" where it is not old), and the words after it."""
    pair, rest = " ".join(words[:2]), list(words[1:])
    if pair in COMMANDS and len(words) > 1:
        return pair, COMMANDS[pair], list(words[2:])
    name = words[0] if words else ""
    if name == "expect" and MEASURE_ERROR in rest:
        rest.remove(MEASURE_ERROR)
        return f"{name} {MEASURE_ERROR}", ENGINE_ERROR, rest
    if name not in COMMANDS or (name == VALIDATE and (not rest or rest[0] in (*VALIDATIONS, "--help"))):
        return "", "", list(words)
    return name, COMMANDS[name], rest


def current_spelling(words: Sequence[str]) -> Spelling:
    """Return a command line with every old name of a command or an option replaced by the present one.

    >>> current_spelling(["expect", "none", "--family=all"]).words
    ['compare', '--engine', 'expected', 'none', '--evidence=all']
    """
    place = _command_at(words)
    old, new, rest = _old_command(words[place:])
    head = new.split()
    command = " ".join([*head, *rest][:2])
    of_command = next((o for name, o in OPTIONS_OF.items() if f"{command} ".startswith(f"{name} ")), {})
    names, replaced = {**OPTIONS, **of_command}, [f"eum {old} is now eum {new}"] if old else []
    for i, word in enumerate(rest):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in names:
            rest[i] = f"{names[name]}{equals}{value}"
            replaced.append(f"{name} is now {names[name]}")
    if words[place:] == [VALIDATE]:
        replaced.append(f"eum {VALIDATE} (the blind forecast) is now eum {COMMANDS[VALIDATE]}")
    several = "the old names go" if len(replaced) > 1 else "the old name goes"
    hint = f"{', '.join(replaced)}; {several} with {GONE_WITH}" if replaced else ""
    return Spelling([*words[:place], *head, *rest], hint)
