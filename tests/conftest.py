"""What every test starts from: no account, no state and no settings of the machine it runs on."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on the machine, and CI should not fail by chance.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Take away the sign-in and the options of whoever runs the tests, and give each test a state folder of its own."""
    for name in [name for name in os.environ if name.upper().startswith(("NEXUDUS_", "IMPORTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parents[1]
