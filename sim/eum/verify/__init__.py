"""Is it still so? Builds a report again, sums up its runs, lives some of them anew, tells every difference."""

from eum.verify.findings import Difference, VerifyCheck
from eum.verify.verify import RunPlace, VerifySample, checks, place_of_run

__all__ = ["Difference", "RunPlace", "VerifyCheck", "VerifySample", "checks", "place_of_run"]
