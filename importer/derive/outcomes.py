"""What the words of `ImportStatus` mean to whoever reads a report."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from importer.model import Outcome

MEANINGS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.CREATED: "It is in Nexudus now: the service said so.",
        Outcome.UPDATED: "It was there already, and was changed as the row says.",
        Outcome.DELETED: "It is no longer in Nexudus, as the row asked.",
        Outcome.EXISTS: "It was there already; nothing was sent.",
        Outcome.SKIPPED: "It was left out, as the row or the command asks.",
        Outcome.INVALID: "Something is wrong with the row; nothing was sent.",
        Outcome.REJECTED: "Nexudus refused it.",
        Outcome.BLOCKED: "Not sent, because of what became of the row or the record above it or below it.",
        Outcome.FAILED: "It could not be done, and surely was not.",
        Outcome.UNKNOWN: "It may or may not have been done: run the same command again, which looks for it.",
        Outcome.PENDING: "Not sent yet; after check and plan: nothing is wrong with it.",
    }
)
