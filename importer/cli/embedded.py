"""The sandbox inside a command: a rehearsal without an account, remembered from one command to the next."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from importer.errors import JournalError
from importer.sandbox import OPS, Server, Store, seed, serve_forever
from importer.sandbox.seed import COURSES
from importer.settings import Settings

_SET: Final = "set" if os.name == "nt" else "export"

ADDRESS: Final = "sandbox"
"""What the journal calls the embedded sandbox, whose port is another one each time."""


@contextlib.contextmanager
def embedded_sandbox(settings: Settings) -> Iterator[Settings]:
    """Serve a sandbox on a free port; the settings that use it. Its records are kept beside the journal.

    Raises `JournalError` where its file cannot be used.
    """
    path = sandbox_path(settings)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # for its owner alone, as the journal
        store = seed(Store(path))
    except (OSError, sqlite3.Error):
        raise JournalError(str(path), "the sandbox cannot keep its records there") from None
    with contextlib.closing(store), Server(store) as server:
        yield settings.model_copy(
            update={
                "base_url": server.base_url,
                "journal_address": ADDRESS,
                "token": None,
                "username": OPS.name,
                "password": SecretStr(OPS.password),
                "totp": None,
            }
        )


def sandbox_path(settings: Settings) -> Path:
    """The file that keeps the records of the embedded sandbox."""
    return settings.journal_path.with_suffix(".sandbox.sqlite3")


def serve(port: int, db: Path | None, say: Callable[[str], None], complain: Callable[[str], None]) -> int:
    """Serve a sandbox until Ctrl-C; the exit code."""

    def ready(base_url: str) -> None:
        courses = ", ".join(f'{number} "{title}"' for number, title in COURSES.items())
        say(f"The sandbox serves {base_url} until Ctrl-C.")
        say(f"  Sign in as {OPS.name} with the password {OPS.password}.")
        say(f"  Courses: {courses}.")
        say("In another terminal:")
        for variable in (f"BASE_URL={base_url}", f"USERNAME={OPS.name}", f"PASSWORD={OPS.password}"):
            say(f"  {_SET} NEXUDUS_{variable}")
        say("  importer run outline.xlsx")

    try:
        serve_forever(port, db, on_ready=ready)
    except OSError as error:
        complain(
            f"The sandbox cannot use port {port}: {(error.strerror or str(error)).lower()}. Choose another with --port."
        )
        return 2
    except sqlite3.Error:
        is_nowhere = db is not None and not db.parent.is_dir()
        why = "there is no such folder" if is_nowhere else "it is not a file of its own"
        complain(f"The sandbox cannot keep its records in {db}: {why}. Choose another with --db.")
        return 2
    return 0
