"""The sign-in is in no output, no file, no exception and no command line, whatever goes wrong."""

import itertools
import logging
import secrets
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer import pipeline
from importer.cli import app
from importer.sandbox import NO_LIMITS, OPS, Fault, Garble, Server, User
from importer.settings import read_settings
from tests.flow.commands import Run, command_line, environment, lessons_csv
from tests.flow.conftest import sign_in

PASSWORD = "canary-of-a-password"
TOTP = "canary-471193"
TOKEN = "canary-of-a-token"
BY_PASSWORD = {"NEXUDUS_USERNAME": OPS.name, "NEXUDUS_PASSWORD": PASSWORD, "NEXUDUS_TOTP": TOTP}
BY_TOKEN = {"NEXUDUS_TOKEN": TOKEN}
HANDED_OUT = "canary-handed-out"
"""What every token and refresh token begins with that the service gives."""
SECRETS = (PASSWORD, TOTP, TOKEN, HANDED_OUT, "Bearer ")
ECHO = f"<html><body>token={TOKEN} password={PASSWORD} totp={TOTP}</body></html>"
"""What a careless gateway says, which has seen the request."""

FAULTS: dict[str, tuple[Fault, ...]] = {
    "none": (),
    "401": (Fault(path="*", work=False, status=401, body=ECHO),),
    "401 in the middle": (Fault(method="POST", nth=1, expire_tokens=True, work=False, status=401, body=ECHO),),
    "500": (Fault(path="*", work=False, status=500, body=ECHO),),
    "500 to a write": (Fault(method="POST", nth=1, work=False, status=500, body=ECHO),),
    "400 to a write": (Fault(method="POST", nth=1, work=False, status=400, body=ECHO),),
    "403 to a write": (Fault(method="POST", nth=1, work=False, status=403, body=ECHO),),
    "garbage": (Fault(path="*", method="POST", nth=1, garble=Garble.HALF),),
    "redirect": (Fault(path="*", work=False, status=307, headers=(("Location", "http://127.0.0.1:9/"),), body=ECHO),),
    "cut": (Fault(path="*", method="POST", nth=1, truncate=5),),
}


@pytest.fixture(params=["token", "password"])
def signed_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A service, and the sign-in in the environment or in `.env`."""
    number = itertools.count()
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: f"{HANDED_OUT}-{next(number)}")
    user = User(name=OPS.name, password=PASSWORD, totp=TOTP)
    with Server(limits=NO_LIMITS, users=(user,), token=TOKEN) as server:
        sign_in(monkeypatch, server)
        for name in ("NEXUDUS_USERNAME", "NEXUDUS_PASSWORD"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("IMPORTER_SETTLE", "0.1")
        if request.param == "token":
            (tmp_path / ".env").write_text(f"NEXUDUS_TOKEN={TOKEN}\n", encoding="utf-8")
        else:
            for name, value in BY_PASSWORD.items():
                monkeypatch.setenv(name, value)
        yield server


def kept(folder: Path) -> bytes:
    """Every byte of every file but `.env`."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".env")


def given_away(folder: Path, said: str) -> list[str]:
    files = kept(folder)
    return [secret for secret in SECRETS if secret in said or secret.encode() in files]


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_given_away(
    fault: str, signed_in: Server, importer: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lessons_csv(tmp_path / "a.csv", 1)
    signed_in.faults.add(*FAULTS[fault])
    said = ""
    for words in (["check"], ["plan", "--verbose"], ["run", "--json"], ["run", "--verbose"]):
        answer = importer(words[0], "a.csv", *words[1:])
        said += answer.stdout + answer.stderr
    assert said
    assert given_away(tmp_path, said + caplog.text) == []


@pytest.mark.parametrize("fault", ["401", "500", "redirect"])
def test_nor_by_an_exception_and_what_led_to_it(
    fault: str, signed_in: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lessons_csv(tmp_path / "a.csv", 2)
    signed_in.faults.add(*FAULTS[fault])
    settings = read_settings()
    stop = pipeline.run(["a.csv"], settings).stop
    assert stop is not None
    said = "".join(traceback.format_exception(stop)) + repr(stop) + repr(settings) + str(settings)
    assert given_away(tmp_path, said) == []


def test_nor_where_nobody_answers(
    signed_in: Server, importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    monkeypatch.setenv("NEXUDUS_BASE_URL", "http://127.0.0.1:9")
    answer = importer("run", "a.csv", "--verbose")
    assert answer.code == 4
    assert given_away(tmp_path, answer.stdout + answer.stderr) == []


@pytest.mark.parametrize("given", [BY_TOKEN, BY_PASSWORD])
def test_nor_by_a_fault_of_our_own(given: dict[str, str], tmp_path: Path) -> None:
    """A traceback shows lines of code, and no value."""
    lessons_csv(tmp_path / "a.csv", 1)
    code = (
        "import sys; from importer import pipeline; from importer.cli import main\n"
        "def broken(files, settings, desk=None):\n"
        "    secret = settings.token or settings.password; plain = secret.get_secret_value(); return plain.missing\n"
        "pipeline.run = broken; sys.argv = ['importer', 'run', 'a.csv']; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(given),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "AttributeError" in done.stderr and "Traceback" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert app.pretty_exceptions_enable is False


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="only Linux shows command lines so")
def test_nor_by_the_command_line_of_the_process(signed_in: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    signed_in.faults.add(Fault(method="GET", nth=1, wait_before=0.5))
    with subprocess.Popen(
        command_line("run", "a.csv"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        while not signed_in.log.entries and running.poll() is None:
            time.sleep(0.05)
        shown = Path(f"/proc/{running.pid}/cmdline").read_bytes()
        running.kill()
    assert b"importer" in shown
    assert [secret for secret in SECRETS if secret.encode() in shown] == []
