"""Choices of the user that options, settings and stages share: light to import, as --help needs them."""

from enum import StrEnum


class Existing(StrEnum):
    """What to do with a row whose record the service has already."""

    SKIP = "skip"
    UPDATE = "update"
    ERROR = "error"
    CREATE = "create"
