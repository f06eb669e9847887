"""The settings with which a simulated import runs."""

from functools import cache
from typing import Final

from importer.choices import Existing
from importer.sandbox import OPS
from importer.settings import Settings, read_settings

ADDRESS: Final = "https://sandbox.example.com"
LIMITS: Final = (
    *((60, 120, 5000, 5000), (60, 120, 0, 0), (10, 120, 0, 0), (6, 30, 0, 0), (4, 12, 0, 0), (3, 20, 0, 0)),
    *((0, 0, 0, 0), (60, 120, 60, 0), (20, 60, 0, 8)),
)
"""Writes and requests a minute, requests an hour, writes a day."""


@cache
def settings_of(
    concurrency: int,
    limits: tuple[int, int, int, int],
    spent: int | None,
    on_existing: Existing,
    allow_duplicates: bool,
) -> Settings:
    """The settings of a world, with `spent` writes a day if given; reading them takes its time."""
    writes, requests, hourly, daily = limits
    return read_settings(
        {
            "base_url": ADDRESS,
            "username": OPS.name,
            "password": OPS.password,
            "concurrency": concurrency,
            "writes_per_minute": writes,
            "requests_per_minute": requests,
            "requests_per_hour": hourly,
            "writes_per_day": daily if spent is None else spent,
            "on_existing": on_existing,
            "allow_duplicates": allow_duplicates,
        }
    )
