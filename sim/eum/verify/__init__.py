"""Is it still so? Builds a report again, sums up its runs, lives some of them anew, tells every difference."""

from eum.verify.findings import Check, Finding
from eum.verify.verify import Asked, Place, checks, place_of

__all__ = ["Asked", "Check", "Finding", "Place", "checks", "place_of"]
