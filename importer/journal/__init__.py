"""The durable record of runs, their rows and every request: one SQLite file.

A row is recorded as in flight, in one commit, before its bytes leave, and its outcome after the answer. A read is
recorded before it leaves too, whichever command it is for: so the requests that the journal holds are the record of
what the account's limits have used, and a crash makes it count too many, never too few. What a run answered for each
of its rows is there too, so that it can be told again, and of a record that is changed or deleted what it was before.
It never holds a token, a password, the body of an answer to a write, or more of a new record than its title and what a
message quotes of a cell.
"""

from importer.journal import ballast
from importer.journal.deeds import Deed
from importer.journal.entries import (
    Account,
    Answered,
    Asking,
    Ended,
    Entry,
    LateChange,
    LeftChange,
    LeftInDoubt,
    Made,
    Moved,
    Run,
    Sending,
    Throttled,
)
from importer.journal.past import About, Conclusion, Input, Part, PastRun
from importer.journal.store import Journal

__all__ = [
    "About",
    "Account",
    "Answered",
    "Asking",
    "Conclusion",
    "Deed",
    "Ended",
    "Entry",
    "Input",
    "Journal",
    "LateChange",
    "LeftChange",
    "LeftInDoubt",
    "Made",
    "Moved",
    "Part",
    "PastRun",
    "Run",
    "Sending",
    "Throttled",
    "ballast",
]
