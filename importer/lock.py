"""One writer an account: a lock of the operating system, gone with its process however that ends."""

import contextlib
import hashlib
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from importer.errors import BusyError, JournalError
from importer.problems import shown


@contextlib.contextmanager
def only_writer(
    folder: Path, address: str, account: str, files: Sequence[str] = (), *, run_id: str = ""
) -> Iterator[None]:
    """Hold the lock of an account at an address. Raises `BusyError`, naming who holds it, where another run does.

    The run and the `files` that it imports are for whoever is told. Raises `JournalError` where nothing can be locked.
    """
    holder, lock = _of(folder, address, account)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        holder.write_text(_this_run(run_id, files), encoding="utf-8", errors="replace")
    except Timeout:
        if not Path(lock.lock_file).exists():
            # Some file systems have nothing to say but that it is not there.
            raise JournalError(str(folder), "no file can be made there") from None
        raise BusyError(_read(holder)) from None
    except (OSError, NotImplementedError) as error:
        lock.release()
        reason = error.strerror if isinstance(error, OSError) else None
        raise JournalError(str(folder), (reason or "files cannot be locked there").lower()) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def writer(folder: Path, address: str, account: str, *, run_id: str = "") -> str:
    """Who holds the lock of an account at an address, as `BusyError` tells it; empty where nobody does.

    With a `run_id`, only if it is that run.
    """
    holder, lock = _of(folder, address, account)
    # A lock that nobody has is not touched, so that no run finds it taken by one who only asks.
    if not holder.exists():
        return ""
    try:
        with lock:
            holder.unlink(missing_ok=True)  # a run that was killed left it behind
    except Timeout:
        told = _read(holder)
        return told if told.startswith(_named(run_id)) else ""
    except (OSError, NotImplementedError):
        pass
    return ""


def _of(folder: Path, address: str, account: str) -> tuple[Path, BaseFileLock]:
    """The file that tells who writes, and the lock."""
    name = hashlib.sha256(f"{address}\n{account}".encode()).hexdigest()[:16]
    return folder / f"writer-{name}.txt", FileLock(folder / f"writer-{name}.lock", timeout=0)


def _named(run_id: str) -> str:
    return f"run {run_id}, " if run_id else ""


def _this_run(run_id: str, files: Sequence[str]) -> str:
    imports = f", importing {', '.join(map(shown, files))}" if files else ""
    return f"{_named(run_id)}process {os.getpid()} on {platform.node()}, since {datetime.now():%Y-%m-%d %H:%M}{imports}"


def _read(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8") or "just started"
    except OSError:
        return "just started"
