"""The durable record of runs, their rows and every request: one SQLite file.

A row is recorded as in flight, in one commit, before its bytes leave, and its outcome after the answer. A read is
recorded before it leaves too, whichever command it is for: so the requests that the journal holds are the record of
what the account's limits have used, and a crash makes it count too many, never too few. It never holds a token, a
password, a text of a row apart from its title, or the body of an answer.
"""

from importer.journal import ballast
from importer.journal.entries import (
    Account,
    Answered,
    Asking,
    Ended,
    Entry,
    LeftInDoubt,
    Made,
    Moved,
    Run,
    Sending,
    Throttled,
)
from importer.journal.store import Journal

__all__ = [
    "Account",
    "Answered",
    "Asking",
    "Ended",
    "Entry",
    "Journal",
    "LeftInDoubt",
    "Made",
    "Moved",
    "Run",
    "Sending",
    "Throttled",
    "ballast",
]
