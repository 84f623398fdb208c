"""What do we show? The report, the pages of evidence, the dashboard and the demonstration."""
