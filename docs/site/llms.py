"""Writes llms.txt: what eum is and where each page of the documentation stands, for language models.

Made of README.md (what it is), mkdocs.yml (the order) and the first sentences of the pages: `python docs/site/llms.py`.
"""

import re
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
MADE = {
    "reference/api.md": ("sim/eum/__init__.py", "The names of `import eum`."),
    "reference/commands.md": ("sim/eum/cli/__init__.py", "Every command with its options; also `eum --help`."),
    "reference/parameters.md": ("data/priors.csv", "Every prior; the assumptions are in data/assumptions.csv."),
    "evidence/sources.md": ("data/sources.csv", "Every source that a row of the data names."),
    "evidence/data.md": ("data/README.md", ""),
    "project/changes.md": ("CHANGELOG.md", ""),
    "project/code-map.md": ("sim/README.md", ""),
    "project/conduct.md": ("CODE_OF_CONDUCT.md", ""),
    "project/contributing.md": ("CONTRIBUTING.md", ""),
    "project/security.md": ("SECURITY.md", ""),
    "project/citing.md": ("CITATION.cff", "How to cite."),
}
"""Page that the site makes -> the file it is made from, and what it holds (or "": its first sentence)."""


def first_sentence(text: str) -> str:
    """Return the first sentence of a page's first paragraph (two, if the first is short), as plain text on one line.

    A subtitle (all in italics) asks what the page answers, a notice (it opens in bold, with a colon) says what is to
    come; what the page holds stands below them.
    """
    parts = re.split(r"\n\s*\n", re.sub(r"<!--.*?-->|^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))
    paragraphs = [
        part for part in parts if part.strip() and not re.match(r"\s*(#|\||!\[|- |\*[^*]+\*\s*$|\*\*[^*]+:\*\*)", part)
    ]
    paragraph = " ".join(paragraphs[0].split()) if paragraphs else ""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|\*\*([^*]*)\*\*|(?<!\w)\*([^*]+)\*(?!\w)", r"\1\2\3", paragraph)
    first, *others = re.split(r"(?<=[.?])(?<! al\.)\s", plain, maxsplit=2)
    second = [text for text in others[:1] if len(first) < 60 and text.endswith((".", "?"))]
    return " ".join([first, *second]).rstrip(":")


def entries(nav: list[Any], docs: Path) -> list[str]:
    """Return a line for each page of a part of the table of contents: title, path, first sentence."""
    lines = []
    for entry in nav:
        for title, target in entry.items():
            if isinstance(target, list):
                lines += entries(target, docs)
                continue
            path, said = MADE.get(target, (f"docs/{target}", ""))
            said = said or first_sentence((REPOSITORY / path).read_text(encoding="utf-8"))
            lines.append(f"- [{title}]({path}): {said}")
    return lines


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def llms_text() -> str:
    """Return the text of llms.txt."""
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    nav = yaml.safe_load(config)["nav"]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    about = " ".join(re.split(r"\n\s*\n", readme)[1].split())
    lines = ["# eum", "", f"> {about}", ""]
    docs = REPOSITORY / "docs"
    named = set(re.findall(r": (\S+\.md)$", config, re.MULTILINE))
    # As the site does (hooks.py), tutorials and guides that the table of contents does not name follow the others.
    further = {"Tutorials": docs.glob("tutorial*.md"), "How-to": docs.glob("how-to/*.md")}
    for section in nav[1:]:
        for title, pages in section.items():
            paths = sorted(path.relative_to(docs).as_posix() for path in further.get(title, ()))
            added = [{_title(docs / path): path} for path in paths if path not in named]
            lines += [f"## {title}", "", *entries([*pages, *added], docs), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (REPOSITORY / "llms.txt").write_text(llms_text(), encoding="utf-8")
