"""eum: an open simulator of city local-currency policy."""

__version__ = "0.2.0"
