"""The sandbox inside a command: a rehearsal without an account, remembered from one command to the next."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from importer.errors import JournalError
from importer.sandbox import OPS, Server, Store, seed, serve_forever
from importer.sandbox.seed import COURSES
from importer.settings import Settings

ADDRESS: Final = "sandbox"
"""What the journal calls the embedded sandbox, whose port is another one each time."""


@contextlib.contextmanager
def embedded_sandbox(settings: Settings) -> Iterator[Settings]:
    """Serve a sandbox on a free port; the settings that use it. Its records are kept beside the journal.

    Raises `JournalError` where its file cannot be used.
    """
    path = sandbox_path(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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


def serve(port: int, db: Path | None, say: Callable[[str], None]) -> int:
    """Serve a sandbox until Ctrl-C; the exit code."""

    def ready(base_url: str) -> None:
        courses = ", ".join(f'{number} "{title}"' for number, title in COURSES.items())
        say(f"The sandbox serves {base_url} until Ctrl-C.")
        say(f"  Sign in as {OPS.name} with the password {OPS.password}.")
        say(f"  Courses: {courses}.")
        say("In another terminal:")
        say(f"  export NEXUDUS_BASE_URL={base_url} NEXUDUS_USERNAME={OPS.name} NEXUDUS_PASSWORD={OPS.password}")
        say("  importer run outline.xlsx")

    try:
        serve_forever(port, db, on_ready=ready)
    except OSError as error:
        say(
            f"The sandbox cannot use port {port}: {(error.strerror or str(error)).lower()}. Choose another with --port."
        )
        return 2
    except sqlite3.Error:
        say(f"The sandbox cannot keep its records in {db}: it is not a file of its own. Choose another with --db.")
        return 2
    return 0
