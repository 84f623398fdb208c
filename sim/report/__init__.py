"""What do we show? A stored study as pages for people: reads the study folder, computes nothing."""

from sim.report.build import build_report

__all__ = ["build_report"]
