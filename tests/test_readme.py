"""What the README shows works."""

import re
from pathlib import Path

from typer.testing import CliRunner

from eum.cli import app
from eum.policy.files import load_policy

TEXT = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_policy_shown_is_a_valid_one(tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    path = tmp_path / "my-policy.toml"
    path.write_text(shown[1], encoding="utf-8")
    assert load_policy(str(path)).top_up[0].tiers[0].rate_percent == 3


def test_every_command_shown_exists() -> None:
    verbs = set(re.findall(r"`eum ((?:policy |city |explain )?[a-z]+)", TEXT))
    assert {
        "study",
        "run",
        "compare",
        "report",
        "equal",
        "regret",
        "search",
        "game",
        "policy check",
        "city check",
    } <= verbs
    for verb in verbs:
        told = CliRunner().invoke(app, [*verb.split(), "--help"])
        assert told.exit_code == 0 and "Example" in told.output, verb


def test_every_file_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (Path(__file__).resolve().parents[1] / target).exists(), target
