"""What the README shows works, and its numbers are those of the evidence."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eum.cli import app
from eum.policy.files import load_policy

REPOSITORY = Path(__file__).resolve().parents[1]
TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_policy_shown_is_a_valid_one(tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    path = tmp_path / "my-policy.toml"
    path.write_text(shown[1], encoding="utf-8")
    assert load_policy(str(path)).top_up[0].tiers[0].rate_percent == 3


def test_the_python_example_prints_effects() -> None:
    shown = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None and len(shown[1].splitlines()) <= 10
    program = "import matplotlib; matplotlib.use('Agg')\n" + shown[1]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "sim")}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "3 percent" in ran.stdout and re.search(r"net.city.sales", ran.stdout)


def test_every_command_shown_exists() -> None:
    shown = set(re.findall(r"`eum ([a-z-]+(?: (?:resident|shop))?)", TEXT))
    for group in ("policy", "decide", "validate", "calibrate"):
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `eum {group}` |"))
        shown |= {f"{group} {name}" for name in re.findall(r"`([a-z-]+)`", row)}
    shown |= {"history replay", "history coverage", "data check", "docs model-card"}
    shown -= {"history", "data", "docs", "policy", "decide", "validate", "calibrate"}
    assert {"run", "compare", "study", "dashboard", "verify", "decide break-even", "policy check"} <= shown
    for command in shown:
        helped = CliRunner().invoke(app, [*command.split(), "--help"])
        assert helped.exit_code == 0 and "Example" in helped.output, command


def test_every_file_linked_is_there() -> None:
    for page in ("README.md", "README.ko.md", "CONTRIBUTING.md", "CHANGELOG.md", "sim/README.md"):
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((REPOSITORY / page).parent / target).exists(), f"{page}: {target}"


def test_effects_shown_are_those_of_the_full_runs() -> None:
    with (REPOSITORY / "docs" / "expected-error.csv").open(encoding="utf-8", newline="") as rows:
        table = [list(row.values()) for row in csv.DictReader(rows)]
    # family, policy, choices, output, unit, mean of full runs, ...
    effects = {(row[0], row[3]): float(row[5]) for row in table if row[1:3] == ["incheon-2020-actual", "same"]}
    names = ("gross_use", "net_of_replacement", "net_city_sales", "city_value_added_second_round", "national_net")
    shown = re.findall(r"^\| [^|`]+ \| (-?[\d,]+) \| (-?[\d,]+) \| (-?[\d,]+) \|$", TEXT, re.MULTILINE)
    expected = [
        tuple(f"{100 * effects[family, name]:,.0f}" for family in ("survey", "causal", "iri2019")) for name in names
    ]
    assert shown == expected


@pytest.mark.parametrize("number", ["16 of 49", "10 of these", "215", "314"])
def test_limits_shown_are_those_of_the_model_card(number: str) -> None:
    card = (REPOSITORY / "docs" / "model-card.md").read_text(encoding="utf-8")
    assert number in TEXT and number in card
