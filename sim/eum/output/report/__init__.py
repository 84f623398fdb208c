"""What do we show? A stored study as pages for people: reads the study folder, computes nothing."""

from eum.output.report.build import build_report

__all__ = ["build_report"]
