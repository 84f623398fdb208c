"""What the README shows works."""

import re
from pathlib import Path

from typer.testing import CliRunner

from eum.cli import app
from eum.cli.renamed import current_spelling
from eum.policy.files import load_policy

TEXT = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_policy_shown_is_a_valid_one(tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    path = tmp_path / "my-policy.toml"
    path.write_text(shown[1], encoding="utf-8")
    assert load_policy(str(path)).top_up[0].tiers[0].rate_percent == 3


GROUPS = "policy|city|data|explain|decide|validate|calibrate|history|docs"


def test_every_command_shown_exists() -> None:
    shown = set(re.findall(rf"`eum ((?:(?:{GROUPS}) )?[a-z][a-z-]+)", TEXT))
    names = {" ".join(current_spelling(verb.split()).words) for verb in shown}
    decisions = {f"decide {name}" for name in ("break-even", "regret", "optimize", "game")}
    assert {"study", "run", "compare", "report", "policy check", "data check"} | decisions <= names
    for verb in shown:
        told = CliRunner().invoke(app, [*verb.split(), "--help"])
        assert told.exit_code == 0 and ("Example" in told.output or "COMMAND [ARGS]" in told.output), verb


def test_every_file_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (Path(__file__).resolve().parents[1] / target).exists(), target
