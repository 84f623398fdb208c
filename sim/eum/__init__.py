"""eum: an open simulator of city local-currency policy."""

__version__ = "0.1.0"
