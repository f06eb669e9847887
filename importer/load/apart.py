"""Reading in a process of its own, which is ended where a file costs more memory or time than it may.

Sizes are refused before anything is read; this holds what cannot be foreseen: a reader that loops, that wants more than
a file of that size should need, or that breaks and would take the whole command with it.
"""

import contextlib
import ctypes
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
from enum import Enum, auto
from typing import IO, Any, Final, TypeVar, cast

import pandas as pd

from importer.derive.panics import CONSOLE
from importer.errors import BrokenReaderError, FileError, MemoryForFileError, TooLargeError
from importer.load.frames import frame
from importer.load.limits import MIB, SPLIT
from importer.settings import FileLimits

if sys.platform == "linux":
    import fcntl
    import resource

_T = TypeVar("_T")

_PIPE: Final = 2**20
_LOOK_AGAIN: Final = 0.02
"""Seconds between two looks at what the process has taken."""
_MOST_IDLE: Final = 3000
"""Looks in a row, a minute of them, after which a process that computed nothing waits for itself."""
_LONGEST: Final = 2**31
"""Seconds that are as good as no limit, and that every system takes for one."""
_NO_ROOM: Final = 3
"""The exit code of a process that was short of memory."""
_END_WITH_PARENT: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class ReaderFaultError(RuntimeError):
    """What went wrong in the other process for no reason that a file may give: its traceback, or how it ended."""


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


class _Seen(Enum):
    """What was seen of a process while it was waited for."""

    ENDING = auto()
    """It began to answer, or ended."""
    GREEDY = auto()
    IDLE = auto()


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a process ended without an answer: its exit code, a signal being negative, and its seconds of computing."""

    seen: _Seen
    code: int
    computed: float


def can_be_apart() -> bool:
    """Whether the system counts the memory of a process truly, and a copy of this one can be made safely."""
    return sys.platform == "linux" and threading.active_count() == 1


def done_apart(work: Callable[[], _T], name: str, limits: FileLimits) -> _T:
    """What `work` gives, found out by a copy of this process that may take no more than the limits.

    Raises the `FileError` that `work` raises; `TooLargeError`, `MemoryForFileError` or `BrokenReaderError` where the
    process came to no end; `KeyboardInterrupt` where somebody ended it; `ReaderFaultError` for all else.
    """
    match _asked(work, limits):
        case _Given(value):
            return cast(_T, value)
        case _Refused(error):
            raise error
        case _Fault(text):
            raise ReaderFaultError(text)
        case _Ended() as ended:
            raise _why(ended, name, limits)


def _why(ended: _Ended, name: str, limits: FileLimits) -> BaseException:
    """What is said of a file whose reading came to no end."""
    if ended.seen is _Seen.GREEDY:
        reason = f"reading it takes more than {limits.max_memory_mb:,} MB of memory"
        return TooLargeError(name, reason, SPLIT, "max_memory_mb")
    seconds = _most_seconds(limits)
    if ended.code == -signal.SIGXCPU or (ended.code == -signal.SIGKILL and ended.computed > seconds - 1):
        reason = f"reading it takes more than {seconds:,} s of computing"
        return TooLargeError(name, reason, SPLIT, "max_seconds")
    if ended.seen is _Seen.IDLE:
        return BrokenReaderError(name)
    if ended.code in (_NO_ROOM, -signal.SIGKILL):  # the system kills what takes the memory of all others
        return MemoryForFileError(name)
    if ended.code in (-signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP):
        return KeyboardInterrupt()
    if ended.code < 0:
        return BrokenReaderError(name)
    return ReaderFaultError(repr(ended))


def _asked(work: Callable[[], object], limits: FileLimits) -> _Answer | _Ended:
    """The answer of the other process, which is gone when this returns or raises."""
    source, sink = map(_beyond_console, os.pipe())
    parent = os.getpid()
    child = _copy_of_this_process()
    if child == 0:
        os.close(source)
        _work_and_end(work, limits, sink, parent)
    os.close(sink)
    end, seen, answer = None, _Seen.ENDING, None
    try:
        with open(source, "rb", buffering=_PIPE) as pipe:
            seen = _watched(child, pipe, limits)
            if seen is _Seen.ENDING:
                answer = _received(pipe)
                end = os.wait4(child, 0)
    finally:
        if end is None:
            os.kill(child, signal.SIGKILL)
            end = os.wait4(child, 0)
    _, status, used = end
    return answer or _Ended(seen, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime)


def _beyond_console(descriptor: int) -> int:
    """The same file under a number that is no console's, should this process have been started without one."""
    if descriptor > CONSOLE:
        return descriptor
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, CONSOLE + 1)
    os.close(descriptor)
    return moved


def _copy_of_this_process() -> int:
    with warnings.catch_warnings():
        # Threads of libraries, which Python warns of, are at rest; those of Python there are none of.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _watched(child: int, pipe: IO[bytes], limits: FileLimits) -> _Seen:
    """Wait until the process answers or ends, has taken more memory than it may, or has computed nothing for long.

    The system could refuse it memory instead, but not every reader bears that: one of them waits for itself for ever.
    Looks are counted and not seconds, which pass too while everything here is stopped.
    """
    most = _memory("self") + limits.max_memory_mb * MIB
    idle = ticks = 0
    while not select.select([pipe], [], [], _LOOK_AGAIN)[0]:
        if _memory(child) > most:
            return _Seen.GREEDY
        now = _ticks(child)
        idle, ticks = (idle + 1 if now == ticks else 0), now
        if idle > _MOST_IDLE:
            return _Seen.IDLE
    return _Seen.ENDING


def _memory(process: int | str) -> int:
    """Bytes of memory that a process has; those that it only reserved do not count."""
    with open(f"/proc/{process}/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _ticks(process: int) -> int:
    """How long a process has computed, in the unit in which the system counts that."""
    with open(f"/proc/{process}/stat", "rb") as file:
        after_name = file.read().rpartition(b")")[2].split()
    return int(after_name[11]) + int(after_name[12])


def _received(pipe: IO[bytes]) -> _Answer | None:
    """What our own process sent; None where it ended before it had sent all."""
    try:
        return cast(_Answer, pickle.load(pipe))
    except (EOFError, pickle.UnpicklingError):
        return None


class _Sender(pickle.Pickler):
    """Sends the columns of a frame as lists, in a third of the time that its arrays of objects take."""

    def reducer_override(self, obj: object) -> Any:
        if type(obj) is not pd.DataFrame:
            return NotImplemented
        return frame, ({name: obj[name].tolist() for name in obj.columns}, obj.index.tolist())


def _work_and_end(work: Callable[[], object], limits: FileLimits, sink: int, parent: int) -> None:
    """What the other process does. It never returns: nothing of the command may happen twice."""
    code = 1
    try:
        with open(sink, "wb", buffering=_PIPE) as pipe:
            _Sender(pipe, pickle.HIGHEST_PROTOCOL).dump(_answer(work, limits, sink, parent))
        code = 0
    except MemoryError:
        code = _NO_ROOM
    finally:
        os._exit(code)


def _answer(work: Callable[[], object], limits: FileLimits, sink: int, parent: int) -> _Answer:
    try:
        _be_held(limits, sink, parent)
        return _Given(work())
    except FileError as error:
        return _Refused(error)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (it is raised again in the process that asked)
        return _Fault(traceback.format_exc())


def _be_held(limits: FileLimits, sink: int, parent: int) -> None:
    """Let the system hold this process to its limits, end it with its parent, and keep what it prints to itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (_most_seconds(limits), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, CONSOLE)
    os.putenv("RUST_BACKTRACE", "0")  # nobody would see it, and making it takes the memory that may be short
    with contextlib.suppress(OSError):  # it only makes the answer faster
        fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _PIPE)


def _most_seconds(limits: FileLimits) -> int:
    """Seconds of computing after which the system ends a process that reads: ours, or those of a narrower limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    ours = min(limits.max_seconds, _LONGEST)
    return ours if soft == resource.RLIM_INFINITY else min(ours, soft)
