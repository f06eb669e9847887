"""Who is told how far a run is."""

from typing import Final, Protocol

from importer.model import Outcome


class Progress(Protocol):
    """Is told how far a run is."""

    def planned(self, writes: int) -> None:
        """Sending begins, with that many rows."""

    def advance(self, outcome: Outcome, seconds_left: float) -> None:
        """A row got its outcome; about that many seconds are left."""

    def waiting(self, seconds: float) -> None:
        """The service asked for a pause of that many seconds."""

    def settling(self, rows: int, seconds: float) -> None:
        """All else is done; finding out what became of some rows takes up to that many seconds."""

    def damaged(self, seconds: float) -> None:
        """The journal was damaged; nothing is listed or sent for that many seconds, so that nothing is made twice."""


class Silence:
    """Progress that nobody is told of."""

    def planned(self, writes: int) -> None:
        """Nothing."""

    def advance(self, outcome: Outcome, seconds_left: float) -> None:
        """Nothing."""

    def waiting(self, seconds: float) -> None:
        """Nothing."""

    def settling(self, rows: int, seconds: float) -> None:
        """Nothing."""

    def damaged(self, seconds: float) -> None:
        """Nothing."""


SILENCE: Final = Silence()
