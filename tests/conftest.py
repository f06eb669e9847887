"""What every test starts from: no account, no state and no settings of the machine it runs on."""

import contextlib
import getpass
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on the machine, and CI should not fail by chance.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# What a shell starts in the background is deaf to Ctrl-C, and so would be the commands that the tests send one to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture
def nobodys_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody can write into, not even root."""
    folder = tmp_path / "nobodys"
    folder.mkdir()
    if Path("/proc/self").exists():  # a file system without files of anybody's own
        yield Path("/proc")
    elif os.name == "nt":
        _icacls(folder, "/deny", f"{getpass.getuser()}:(WD,AD)")
        yield folder
        _icacls(folder, "/remove:d", getpass.getuser())
    else:
        folder.chmod(0o500)
        assert os.geteuid() != 0, "run the tests as an ordinary user here: root may write everywhere"
        yield folder
        folder.chmod(0o700)


def _icacls(folder: Path, *words: str) -> None:
    subprocess.run(["icacls", str(folder), *words], check=True, capture_output=True)
