"""Reading in a process of its own, which is ended where a file costs more memory or time than it may.

Sizes are refused before anything is read; this holds what cannot be foreseen: a reader that loops, that wants more than
a file of that size should need, or that breaks and would take the whole command with it.
"""

import os
import pickle
import select
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final, TypeVar, cast

from importer.errors import FileError, MemoryForFileError, TooLargeError
from importer.load.limits import MIB, SPLIT
from importer.load.reading import damaged
from importer.settings import FileLimits

if sys.platform == "linux":
    import fcntl
    import resource

_T = TypeVar("_T")

_PIPE: Final = 2**20
_LOOK_AGAIN: Final = 0.02
"""Seconds between two looks at the memory."""
_CONSOLE: Final = 2
_NO_ROOM: Final = 3
"""The exit code of a process that was short of memory."""
_NO_ROOM_FOR_FAST_READER: Final = b"memory allocation of "
"""What the fast reader prints before it aborts, as it cannot raise."""


class ReaderFaultError(RuntimeError):
    """What went wrong in the other process for no reason that a file may give: its traceback."""


@dataclass(frozen=True, slots=True)
class _Given:
    value: object


@dataclass(frozen=True, slots=True)
class _Refused:
    error: FileError


@dataclass(frozen=True, slots=True)
class _Fault:
    text: str


_Answer = _Given | _Refused | _Fault


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a process ended without an answer: its exit code, a signal being negative, and what it printed."""

    code: int
    words: bytes
    took_too_much: bool
    """Whether it was ended for the memory it took."""


def can_be_apart() -> bool:
    """Whether the system counts the memory of a process truly, and a copy of this one can be made safely."""
    return sys.platform == "linux" and threading.active_count() == 1


def apart(work: Callable[[], _T], name: str, limits: FileLimits) -> _T:
    """What `work` gives, found out by a copy of this process that may take no more than the limits.

    Raises the `FileError` that `work` raises; `TooLargeError`, `MemoryForFileError` or `NotASpreadsheetError` where the
    process came to no end; `ReaderFaultError` for all else.
    """
    match _asked(work, limits):
        case _Given(value):
            return cast(_T, value)
        case _Refused(error):
            raise error
        case _Fault(text):
            raise ReaderFaultError(text)
        case _Ended() as ended:
            raise _refusal(ended, name, limits)


def _refusal(ended: _Ended, name: str, limits: FileLimits) -> FileError:
    """What is said of a file whose reading came to no end."""
    if ended.took_too_much:
        reason = f"reading it takes more than {limits.max_memory_mb:,} MB of memory"
        return TooLargeError(name, reason, SPLIT, "max_memory_mb")
    if ended.code == -signal.SIGXCPU:
        reason = f"reading it takes more than {limits.max_seconds:,} s of computing"
        return TooLargeError(name, reason, SPLIT, "max_seconds")
    # The system kills what takes the memory of all others.
    if ended.code in (_NO_ROOM, -signal.SIGKILL) or _NO_ROOM_FOR_FAST_READER in ended.words:
        return MemoryForFileError(name)
    return damaged(name)


def _asked(work: Callable[[], object], limits: FileLimits) -> _Answer | _Ended:
    """The answer of the other process, which is gone when this returns or raises."""
    with open(os.memfd_create("words"), "w+b", buffering=0) as words:
        source, sink = os.pipe()
        child = _copy_of_this_process()
        if child == 0:
            os.close(source)
            _work_and_end(work, limits, words, sink)
        os.close(sink)
        status = answer = None
        try:
            with open(source, "rb", buffering=_PIPE) as pipe:
                is_modest = _comes_to_an_end(child, pipe, limits)
                if is_modest:
                    answer = _received(pipe)
                    status = os.waitpid(child, 0)[1]
        finally:
            if status is None:
                os.kill(child, signal.SIGKILL)
                status = os.waitpid(child, 0)[1]
        if answer is not None:
            return answer
        words.seek(0)
        return _Ended(os.waitstatus_to_exitcode(status), words.read(), not is_modest)


def _comes_to_an_end(child: int, pipe: IO[bytes], limits: FileLimits) -> bool:
    """Wait until the process begins to answer, or ends; false once it has taken more memory than it may.

    The system could refuse it memory instead, but not every reader bears that: one of them waits for itself for ever.
    """
    most = _taken("self") + limits.max_memory_mb * MIB
    while not select.select([pipe], [], [], _LOOK_AGAIN)[0]:
        if _taken(child) > most:
            return False
    return True


def _copy_of_this_process() -> int:
    with warnings.catch_warnings():
        # Threads of libraries, which Python warns of, are at rest; those of Python there are none of.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _received(pipe: IO[bytes]) -> _Answer | None:
    """What our own process sent; None where it ended before it had sent all."""
    try:
        return cast(_Answer, pickle.load(pipe))
    except (EOFError, pickle.UnpicklingError):
        return None


def _work_and_end(work: Callable[[], object], limits: FileLimits, words: IO[bytes], sink: int) -> None:
    """What the other process does. It never returns: nothing of the command may happen twice."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(words.fileno(), _CONSOLE)
        _lower(resource.RLIMIT_CPU, limits.max_seconds)
        _lower(resource.RLIMIT_CORE, 0)
        with open(sink, "wb", buffering=_PIPE) as pipe:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
            pickle.dump(_answer(work), pipe, protocol=pickle.HIGHEST_PROTOCOL)
        code = 0
    except MemoryError:
        code = _NO_ROOM
    finally:
        os._exit(code)


def _answer(work: Callable[[], object]) -> _Answer:
    try:
        return _Given(work())
    except FileError as error:
        return _Refused(error)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (it is raised again in the process that asked)
        return _Fault(traceback.format_exc())


def _lower(what: int, most: int) -> None:
    """Let the system hold this process to a limit, if no narrower one holds already."""
    soft, hard = resource.getrlimit(what)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(what, (most, hard))


def _taken(process: int | str) -> int:
    """Bytes of memory that a process has; those that it only reserved do not count."""
    with open(f"/proc/{process}/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
