"""How fast the page is on this machine: `python -m tests.page.measure` (needs Chromium; prints, judges nothing).

From the command to the page shown; from opening the exported file to the page shown; from a moved lever to the answer
drawn, of all steps of every lever.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sim.page.build import STORED, export, read_answers

_COMMAND = [sys.executable, "-c", "from sim.cli import main; main()", "page", "--no-open", "--port", "0"]
# Moves every lever through all its values; an answer counts until the frame after it is drawn.
_MOVES = """async () => {
  const took = [];
  for (const lever of document.querySelectorAll('input[type=range]')) {
    const { min, max, step } = lever, n = Math.min(40, Math.round((max - min) / step));
    for (let i = 0; i <= n; i++) {
      const began = performance.now();
      lever.value = Number(min) + (max - min) * i / n;
      lever.dispatchEvent(new Event('input'));
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)));
      took.push(performance.now() - began);
    }
  }
  return took;
}"""


def shown_after(page: Any, address: str) -> float:
    """Return the seconds from opening an address to the page shown."""
    began = time.monotonic()
    page.goto(address)
    page.wait_for_function("document.documentElement.dataset.shown !== undefined")
    return time.monotonic() - began


def from_command(new_page: Callable[[], Any], answers: Path) -> float:
    """Return the seconds from the command to its page shown."""
    began = time.monotonic()
    with subprocess.Popen([*_COMMAND, "--answers", str(answers)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        found = re.search(r"http://\S+/", running.stdout.readline())
        assert found is not None, "no address was told"
        shown_after(new_page(), found[0])
        took = time.monotonic() - began
        running.terminate()
    return took


def main(answers: Path = STORED) -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    browser_path = os.environ.get("EUM_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        print(f"command to page shown: {from_command(browser.new_page, answers):.1f} s")
        page = browser.new_page()
        file = export(read_answers(answers), Path(folder) / "page")
        print(f"exported page ({file.stat().st_size / 1e6:.1f} MB) shown: {shown_after(page, file.as_uri()):.2f} s")
        took = np.array(page.evaluate(_MOVES))
        print(f"moved lever drawn: median {np.median(took):.0f} ms, 95 % {np.quantile(took, 0.95):.0f} ms, "
              f"slowest {took.max():.0f} ms of {len(took)}")  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
