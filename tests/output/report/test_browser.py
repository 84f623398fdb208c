"""The pages in a browser: they fit the screen, ask nobody for anything, and report no error."""

from pathlib import Path

import pytest

from eum.output.report.i18n import LANGUAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["brief", "technical", "evidence"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_the_screen_and_is_silent(
    report: Path, chromium_path: str, language: str, name: str, width: int
) -> None:
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        noise: list[str] = []
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on(
            "request",
            lambda request: (
                noise.append(request.url) if _outside(request.url, report / f"{name}.{language}.html") else None
            ),
        )
        page.goto((report / f"{name}.{language}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        across, seen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        fonts = page.evaluate("document.fonts.ready.then(all => [...all].map(face => face.status))")
        browser.close()
    assert noise == []
    assert across <= seen == width
    assert fonts and all(status == "loaded" for status in fonts)


def _outside(url: str, page: Path) -> bool:
    return not url.startswith(("data:", page.as_uri()))
