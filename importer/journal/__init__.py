"""The durable record of runs, their rows and every request: one SQLite file.

A row is recorded as in flight, in one commit, before its bytes leave, and its outcome after the answer. The
requests that it holds are also the record of what the account's limits have used. It never holds a token, a
password, a text of a row apart from its title, or the body of an answer.
"""

from importer.journal.entries import Account, Ended, Entry, LeftInDoubt, Made, Moved, Run, Sending
from importer.journal.store import Journal

__all__ = ["Account", "Ended", "Entry", "Journal", "LeftInDoubt", "Made", "Moved", "Run", "Sending"]
