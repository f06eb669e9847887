"""The clock that counts from the start of the machine."""

import sys
import time
from pathlib import Path

import pytest

from importer.boot import boot_id, since_boot


def test_it_goes_on() -> None:
    began = since_boot()
    time.sleep(0.02)
    assert since_boot() - began >= 0.01


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell one start from another")
def test_it_counts_what_the_machine_slept_where_one_start_is_told_from_another() -> None:
    assert boot_id()
    before = since_boot()
    up, _ = Path("/proc/uptime").read_text(encoding="ascii").split()
    assert before - 0.02 <= float(up) <= since_boot() + 0.02
