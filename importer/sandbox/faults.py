"""Faults on purpose: what goes wrong with which request, changed at any moment from any thread."""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final, Self, get_type_hints

from importer.entities import ID


class FaultUnreadableError(ValueError):
    """A fault's description that cannot be used."""

    def __init__(self, *, name: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}")


class Drop(StrEnum):
    """How a connection ends instead of an answer."""

    CLOSE = "close"
    """In order, as a server does that stops."""
    RESET = "reset"
    """With a reset (RST), as a broken line does."""


class Garble(StrEnum):
    """What becomes of the body of an answer, its status left as it is."""

    EMPTY = "empty"
    HTML = "html"
    HALF = "half"
    """The first half of the JSON, as if it were all of it."""
    NO_ID = "no-id"
    ZERO_ID = "zero-id"
    TEXT_ID = "text-id"
    REFUSED = "refused"
    """`WasSuccessful` is false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Which requests go wrong, and how.

    It concerns requests of that `method` (None: any) whose path matches the pattern `path` (with `*`) and whose
    body contains `containing`; of these, counted from 1 since the fault was added, `times` from the `nth` on, or
    every one where `nth` is None.

    In this order: all tokens expire; `wait_before` seconds; a colleague sends the same request; the work is done
    (unless `work` is false); `wait_after` seconds; then the answer is changed, cut, dripped or not sent at all.
    """

    method: str | None = None
    path: str = "/api/content/*"
    containing: str | None = None
    nth: int | None = None
    times: int = 1
    expire_tokens: bool = False
    wait_before: float = 0.0
    colleague: bool = False
    work: bool = True
    wait_after: float = 0.0
    status: int | None = None
    """Of the answer, in place of its own; its body is then empty unless `body` or `garble` gives one."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    garble: Garble | None = None
    truncate: int | None = None
    """Bytes of the body that are sent before the connection closes, while the length of all is announced."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""
    drop: Drop | None = None

    def __post_init__(self) -> None:
        """Raises `FaultUnreadableError` where nothing would be answered."""
        if not self.work and self.status is None and self.drop is None:
            raise FaultUnreadableError(name="work", expected="a status or a drop where no work is done")

    @classmethod
    def from_json(cls, given: object) -> Self:
        """A fault from its JSON; raises `FaultUnreadableError`."""
        if not isinstance(given, Mapping):
            raise FaultUnreadableError(name="fault", expected="an object")
        hints = get_type_hints(cls)
        read: dict[str, Any] = {str(name): _read(str(name), hints.get(name), value) for name, value in given.items()}
        return cls(**read)

    def as_json(self) -> dict[str, object]:
        """Its JSON."""
        return asdict(self)

    def concerns(self, method: str, path: str, body: bytes) -> bool:
        """Whether a request is one of those that it counts."""
        return (
            self.method in (None, method)
            and fnmatchcase(path, self.path)
            and (self.containing is None or self.containing.encode() in body)
        )

    def strikes(self, number: int) -> bool:
        """Whether it strikes the request of that number."""
        return self.nth is None or self.nth <= number < self.nth + self.times


def throttled(retry_after: str | None = "1", *, status: int = 409, nth: int | None = None, times: int = 1) -> Fault:
    """A throttle answer: an empty body and `Retry-After`, in seconds or as a date; None leaves it out."""
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Fault(work=False, status=status, headers=headers, nth=nth, times=times)


class Faults:
    """The faults of a sandbox. `list_lag` is how many seconds a new record takes to appear in lists."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._faults: dict[int, Fault] = {}
        self._seen: dict[int, int] = {}
        self._next = 0
        self.list_lag = 0.0
        self.generation = 0
        """How often all tokens were made to expire."""
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Add faults to those that are there."""
        with self._lock:
            for fault in faults:
                self._faults[self._next] = fault
                self._next += 1

    def clear(self) -> None:
        """Take all faults and the lag away."""
        self.replace(())

    def replace(self, faults: Iterable[Fault], *, list_lag: float = 0.0) -> None:
        """Have these faults and no others, counting afresh."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()
            self.list_lag = list_lag
        self.add(*faults)

    def expire_tokens(self) -> None:
        """End every token that was given out until now."""
        with self._lock:
            self.generation += 1

    @property
    def present(self) -> tuple[Fault, ...]:
        """The faults, in the order in which they were added."""
        with self._lock:
            return tuple(self._faults.values())

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """Count a request for the faults that it concerns; the first that strikes it."""
        struck = None
        with self._lock:
            for key, fault in self._faults.items():
                if fault.concerns(method, path, body):
                    self._seen[key] = number = self._seen.get(key, 0) + 1
                    struck = struck or (fault if fault.strikes(number) else None)
        return struck


HTML: Final = "text/html; charset=utf-8"
_HTML: Final = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Runtime Error</h1></body></html>"


def garbled(body: bytes, how: Garble) -> bytes:
    """A body as it comes out; one that is not JSON stays as it is where a key of it would be changed."""
    if how is Garble.EMPTY:
        return b""
    if how is Garble.HTML:
        return _HTML
    if how is Garble.HALF:
        return body[: len(body) // 2]
    return _changed(body, how)


def _changed(body: bytes, how: Garble) -> bytes:
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    if not isinstance(answer, dict):
        return body
    if how is Garble.REFUSED:
        answer["WasSuccessful"] = False
    elif isinstance(value := answer.get("Value"), dict):
        _change_id(value, how)
    return json.dumps(answer).encode()


def _change_id(value: dict[str, object], how: Garble) -> None:
    id = value.pop(ID, None)
    if how is Garble.ZERO_ID:
        value[ID] = 0
    elif how is Garble.TEXT_ID:
        value[ID] = str(id)


def _read(name: str, hint: object, value: object) -> object:
    if hint is None:
        raise FaultUnreadableError(name=name, expected="one of " + ", ".join(field.name for field in fields(Fault)))
    if name == "headers":
        return _pairs(value)
    if isinstance(value, str) and name in _ENUMS:
        return _member(name, value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if (isinstance(value, bool) and hint is not bool) or not isinstance(value, hint):  # type: ignore[arg-type]  # a type or a union of types
        raise FaultUnreadableError(name=name, expected=getattr(hint, "__name__", str(hint)))
    return value


_ENUMS: Final[Mapping[str, type[StrEnum]]] = {"drop": Drop, "garble": Garble}


def _member(name: str, value: str) -> StrEnum:
    try:
        return _ENUMS[name](value)
    except ValueError:
        raise FaultUnreadableError(name=name, expected="one of " + ", ".join(_ENUMS[name])) from None


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
    ):
        raise FaultUnreadableError(name="headers", expected="an object, or a list of pairs")
    return tuple((str(name), str(text)) for name, text in pairs)
