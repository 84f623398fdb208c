"""What do we show? A stored study as pages for people: reads the study folder, computes nothing."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eum.output.report.build import build_report

__all__ = ["build_report"]


def __getattr__(name: str) -> Any:
    """Return `build_report`, imported when it is first used: words and figures need no optional dependency."""
    if name != "build_report":
        raise AttributeError(name)
    from eum.output.report.build import build_report

    return build_report
