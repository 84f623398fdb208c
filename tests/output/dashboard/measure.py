"""How fast the page is on this machine; needs Chromium, prints, judges nothing.

    python -m tests.output.dashboard.measure

From the command to the page shown; from opening the exported file to the page shown; from a moved lever to the answer
drawn, of all steps of every lever; and where a server runs, from the command to the first exact answer, and then from a
question to the exact answer of random designs: the centres of all families, and the worlds of their intervals.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from eum.output.dashboard.build import export
from eum.output.dashboard.stored import STORED, read_answers
from eum.output.surrogate.kriging import spread_designs

_COMMAND = [sys.executable, "-c", "from eum.cli import main; main()", "dashboard", "--no-open", "--port", "0"]
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


def asked(address: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a served page once its model is prepared."""
    while True:
        request = urllib.request.Request(f"{address}answer", json.dumps(body).encode(), {"X-Eum": "page"})
        with urllib.request.urlopen(request) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        if found["state"] != "preparing":
            return found
        time.sleep(0.05)


def design_at(spans: list[dict[str, Any]], point: np.ndarray) -> dict[str, float]:
    """Return the design at a point of [0, 1], float64[variables], each value at a step of its lever."""
    steps = ((s, round(x * (s["high"] - s["low"]) / s["step"])) for s, x in zip(spans, map(float, point), strict=True))
    return {s["name"]: round(s["low"] + k * s["step"], 10) for s, k in steps}


def exact(answers: Path, n: int = 30) -> None:
    """Print how long exact answers take."""
    stored = read_answers(answers)
    spans = [*stored["levers"], stored["money"]]
    began = time.monotonic()
    with subprocess.Popen([*_COMMAND, "--answers", str(answers)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = re.search(r"http://\S+/", running.stdout.readline())
        assert address is not None, "no address was told"
        took: dict[str, list[float]] = {"centres": [], "draws": []}
        for i, point in enumerate(spread_designs(n + 1, 7, len(spans), 1.0)):
            values = design_at(spans, point)
            for part, seconds in took.items():
                asked_at = time.monotonic()
                state = asked(address[0], {"values": values, "part": part, "visitor": "measure"})["state"]
                assert state == "ready", state
                if i == 0:
                    print(f"command to the first exact answer ({part}): {time.monotonic() - began:.1f} s")
                else:
                    seconds.append(time.monotonic() - asked_at)
        for part, seconds in took.items():
            print(f"exact answer ({part}): median {np.median(seconds):.2f} s, 95 % {np.quantile(seconds, 0.95):.2f} s, "
                  f"slowest {max(seconds):.2f} s of {len(seconds)}")  # fmt: skip
        running.terminate()


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
    exact(answers)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
