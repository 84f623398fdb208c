"""The model behind a served page: read and prepared in the background, while the page is shown already."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eum.output.dashboard.serve import ProgressText

if TYPE_CHECKING:
    from eum.output.surrogate.exact_run import ExactRunner

JsonObject = dict[str, Any]


class Live:
    """Answers designs of a page from the model (`eum.output.dashboard.serve.Model`)."""

    def __init__(self, stored: JsonObject, tell: Callable[[str], object]) -> None:
        """`tell` is told once, in words, where something is wrong that a person at the terminal should know."""
        self._stored, self._tell = stored, tell
        self._exact: ExactRunner | None = None
        self._error = ""
        self._is_current: bool | None = None

    def begin(self) -> None:
        """Begin to prepare, in a thread of its own."""
        threading.Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        try:
            # Reading the model takes seconds; the page does not wait for it.
            from eum.output.surrogate.definition import PageDefinition
            from eum.output.surrogate.exact_run import ExactRunner
            from eum.resources import DESIGNS

            definition = PageDefinition.model_validate(self._stored["definition"])
            exact = ExactRunner(definition, DESIGNS / f"{definition.name}.toml")
            self._is_current = exact.version == self._stored["version"]
            if not self._is_current:
                self._tell("The stored answers are from another version of model or data; exact ones are of this one.")
            self._exact = exact
            exact.prepare()
        except Exception as error:
            self._error = f"{type(error).__name__}: {error}"
            self._tell(f"Exact answers cannot be worked out: {self._error}")

    def _progress(self) -> JsonObject:
        if self._error:
            return {"state": "failed", "done": 0, "total": 1, "error": self._error}
        return self._exact.progress._asdict() if self._exact else {"state": "preparing", "done": 0, "total": 1}

    def status(self) -> JsonObject:
        """Return whether the stored answers are current (None while that is being found out), and the progress."""
        return {"is_current": self._is_current, "exact": self._progress()}

    def answer(self, values: JsonObject, part: str, visitor: str) -> JsonObject:
        """Return a part of the exact answer as `Exact.answer`, or how far the preparation is."""
        if self._exact is None or self._error:
            return self._progress()
        return self._exact.answer(values, part, visitor)

    def run(self, values: JsonObject, say_progress: ProgressText) -> JsonObject:
        """Return a design run person by person as `eum.output.surrogate.exact_crowd.crowd_run`."""
        from eum.errors import InputError
        from eum.output.surrogate.exact_crowd import crowd_run

        if self._exact is None:
            raise InputError(f"exact: {self._error or 'the model is not ready yet'}; expected some patience")
        return crowd_run(self._exact, values, say_progress)
