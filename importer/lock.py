"""One writer an account: a lock of the operating system, gone with its process however that ends."""

import contextlib
import hashlib
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from importer.errors import BusyError, JournalError
from importer.problems import shown


@contextlib.contextmanager
def only_writer(folder: Path, address: str, account: str, files: Sequence[str] = ()) -> Iterator[None]:
    """Hold the lock of an account at an address. Raises `BusyError`, naming who holds it, where another run does.

    `files` are those that the run imports, for whoever is told. Raises `JournalError` where nothing can be locked.
    """
    name = hashlib.sha256(f"{address}\n{account}".encode()).hexdigest()[:16]
    holder = folder / f"writer-{name}.txt"
    lock = FileLock(folder / f"writer-{name}.lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        holder.write_text(_this_run(files), encoding="utf-8", errors="replace")
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


def _this_run(files: Sequence[str]) -> str:
    imports = f", importing {', '.join(map(shown, files))}" if files else ""
    return f"process {os.getpid()} on {platform.node()}, since {datetime.now():%Y-%m-%d %H:%M}{imports}"


def _read(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8") or "just started"
    except OSError:
        return "just started"
