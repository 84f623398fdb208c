"""Types hold: a test like any other, so that the other tests need not wait for it."""

import subprocess
import sys
from pathlib import Path


def test_types_hold(repository: Path) -> None:
    ran = subprocess.run([sys.executable, "-m", "mypy"], cwd=repository, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
