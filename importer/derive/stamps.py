"""The time stamps of the service: told equal or not, never earlier or later, and never beside our own clock."""

from datetime import UTC, datetime


def is_same_moment(one: str, other: str) -> bool:
    """Whether two stamps say the same, whatever a spreadsheet made of one of them.

    A program that makes a date of a stamp may lose what is smaller than a second, and the time zone, which is UTC.
    """
    if one == other:
        return True
    first, second = _moment(one), _moment(other)
    if first is None or second is None:
        return False
    if not (first.microsecond and second.microsecond):
        first, second = first.replace(microsecond=0), second.replace(microsecond=0)
    return first == second


def is_moment(text: str) -> bool:
    """Whether a text can be read as a stamp, however a program writes it."""
    return _moment(text) is not None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
