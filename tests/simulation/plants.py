"""Faults that are planted in the importer, each of which somebody could make while changing it."""

import asyncio
import contextlib
import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, Final
from unittest.mock import patch

from importer import api, listing, online
from importer.answers import Ambiguous, NoAnswer, Refused, Reply, Throttled, Unsent
from importer.answers import Fault as Said
from importer.api import json_object, list_page, read_created, read_page
from importer.delivery import State, Step, step
from importer.doubts import Absent, Adopt, judge, next_look
from importer.entities import TITLE
from importer.errors import JournalBrokeError, UnreachableError
from importer.group_commit import GroupCommit
from importer.journal import Ended, Journal, creating, store
from importer.model import Verdict
from importer.pacing import Pacer, Slot
from importer.send import looking, run, taking_up, verdicts
from importer.service import Service
from importer.window import Window

_DELIVER: Final = import_module("importer.send.deliver")
_SEND: Final = import_module("importer.send")
"""By name, as packages give functions the names of their modules."""

Plant = Callable[[], Any]


def _judging(change: Callable[..., Any]) -> Plant:
    """In the place of `judge`, for doubts."""
    return lambda: patch.object(looking, "judge", change)


def _eager(doubt: Any, records: Any, claimed: Any, **more: Any) -> Any:
    found = judge(doubt, records, claimed, **more)
    return found if isinstance(found, Adopt) else Absent()


def _anywhere(doubt: Any, records: Any, claimed: Any, **more: Any) -> Any:
    return judge(doubt, [replace(held, parent=doubt.parent) for held in records], claimed, **more)


def _as_if_nobody_had(doubt: Any, records: Any, _: Any, **more: Any) -> Any:
    return judge(doubt, records, (), **{**more, "earlier": {}})


def _reading(change: Callable[[Any], Any]) -> Plant:
    """In the place of what reads the answer to a create."""
    return lambda: patch.object(_DELIVER, "read_created", change)


def _hopeful(result: Any) -> Any:
    return Unsent(result.reason) if isinstance(result, NoAnswer) else read_created(result)


def _sure_of_5xx(result: Any) -> Any:
    failed = isinstance(result, Reply) and result.status >= 500 and "retry-after" not in result.headers
    return Unsent("the service failed") if failed else read_created(result)


def _conflict_is_a_throttle(result: Any) -> Any:
    answer = read_created(result)
    conflict = isinstance(answer, Ambiguous) and isinstance(result, Reply) and result.status == 409
    return Throttled(1.0) if conflict else answer


def _any_400_is_a_refusal(result: Any) -> Any:
    refused = isinstance(result, Reply) and result.status == 400 and json_object(result.body) is None
    return Refused((Said(None, "refused"),)) if refused else read_created(result)


def _any_failure_is_a_refusal(result: Any) -> Any:
    answer = read_created(result)
    failed = isinstance(result, Reply) and (json_object(result.body) or {}).get("WasSuccessful") is False
    return Refused((Said(None, "failed"),)) if failed and isinstance(answer, Ambiguous) else answer


def _may_refuse_with_any_status_inside(reply: Any, envelope: Any) -> bool:
    inner = envelope.get("Status")
    return reply.status in (200, 201, 400) and (inner is None or inner < 500)


def _renews_in_doubt(answer: Any, operation: Any, *, tries: int, renewed: bool) -> Step:
    then = step(answer, operation, tries=tries, renewed=renewed)
    if then.state is State.UNKNOWN and not renewed:
        return Step(state=State.PENDING, reason=then.reason, renew=True)
    return then


async def _ungated(self: Service, line: Any, request: Any, token: str, may_go: object = None) -> Any:
    async with self._gate:
        return await line.perform(request, token)


async def _not_written(group: Any, entry: Any) -> None:
    group.note(entry)


def _late_notes() -> Any:
    """What was created is told to the journal after a while."""
    real = GroupCommit.note

    def note(self: GroupCommit, entry: Any) -> None:
        if isinstance(entry, Ended) and entry.state is State.DONE:
            asyncio.get_running_loop().call_later(2.0, real, self, entry)
        else:
            real(self, entry)

    return patch.object(GroupCommit, "note", note)


def _commit_again() -> Any:
    real = Journal.commit

    def commit(self: Journal) -> None:
        try:
            real(self)
        except JournalBrokeError:
            real(self)

    return patch.object(Journal, "commit", commit)


def _no_unique() -> Any:
    real = Journal.open.__func__  # type: ignore[attr-defined]  # of the class method

    def opened(cls: Any, path: Any, boot: Any = None) -> Any:
        journal = real(cls, path, boot)
        journal._connection.execute("DROP INDEX IF EXISTS one_row_a_record")
        return journal

    return _together(patch.object(Journal, "open", classmethod(opened)), _trusting())


def _trusting() -> Any:
    async def as_it_says(run: Any, operation: Any, answer: Any) -> Any:
        return answer

    return patch.object(_DELIVER, "_unless_taken", as_it_says)


@contextlib.contextmanager
def _together(*plants: Any) -> Iterator[None]:
    """Several plants at once."""
    with contextlib.ExitStack() as stack:
        for plant in plants:
            stack.enter_context(plant)
        yield


def _first_page() -> Any:
    real = listing._pages

    async def pages(*given: Any) -> Any:
        return (await real(*given))[:1]

    return patch.object(listing, "_pages", pages)


async def _empty_where_unread(service: Any, entity: Any, course: int) -> Any:
    try:
        return await listing.complete_list(service, entity, course)
    except UnreachableError:
        return ()


def _any_course() -> Any:
    def read(reply: Any, entity: Any, course: int) -> Any:
        answer = json_object(reply.body) or {}
        for record in (answer.get("Records") or ()) if entity.scope else ():
            record[entity.scope.id] = course
        return read_page(replace(reply, body=json.dumps(answer).encode()), entity, course)

    return patch.object(listing, "read_page", read)


async def _by_title(run: Any) -> bool:
    """Looks at what the service's filter by title gives, which need not be everything."""
    for doubt in list(run.doubts.values()):
        if next_look(doubt, run.settings.settle) <= run.now:
            asked_at, entity = run.now, doubt.operation.entity
            request = list_page(entity, doubt.operation.course, 1)
            path = f"{request.path}&{entity.record}_{TITLE.name}={doubt.operation.title.replace(' ', '+')}"
            reply = await run.service.read(replace(request, path=path), entity.record)
            page = read_page(reply, entity, doubt.operation.course)
            looking.weigh(run, [doubt], getattr(page, "records", ()), asked_at, is_proof=True)
    await run.journal.settled()
    return True


def _wait_of_answered(self: Window, now: float) -> float:
    """Counts only what was answered: what is on its way is debited afterwards."""
    while self.held and self.held[0] <= now:
        heapq.heappop(self.held)
    return 0.0 if len(self.held) < self.limit else self.held[0] - now


def _used(change: Callable[..., Any]) -> Plant:
    return lambda: patch.object(Journal, "used", change)


def _by_the_wall() -> Any:
    real = Journal.used
    return patch.object(Journal, "used", lambda self, account, now, clock=None: real(self, account, now))


def _writes_alone() -> Any:
    real = Journal.used
    return patch.object(Journal, "used", lambda *given: [one for one in real(*given) if one.write])


def _half_the_wait() -> Any:
    real = Pacer.throttle
    return patch.object(Pacer, "throttle", lambda self, seconds: real(self, seconds / 2.0))


def _nothing_was_there() -> Any:
    return patch.object(run.Known, "baseline", lambda *_: frozenset())


def _old_clock() -> Any:
    real = taking_up.taken_up

    def taken_up(*given: Any, now: float, boot: Any) -> Any:
        return replace(real(*given, now=now, boot=boot), ended_at=now - 300.0)

    return patch.object(online, "taken_up", taken_up)


def _of_the_first_run() -> Any:
    """The attempts of runs between the first one and the last one are overlooked."""
    before, _, rest = creating.DOUBTS.partition("        UNION SELECT run_id, number FROM row AS other")
    return patch.object(creating, "DOUBTS", before + rest[rest.index("    ) AS one") :])


def _pending(operation: Any, reason: str) -> Verdict:
    return verdicts.pending(operation)


PLANTS: Final[dict[str, Plant]] = {
    "sends before the intent is stored": lambda: patch.object(GroupCommit, "write", _not_written),
    "sends again on the first list that does not show the record": _judging(_eager),
    "waits a tenth of what settles": _judging(lambda *given, settle, **more: judge(*given, settle=settle / 10, **more)),
    "takes a doubt of an earlier run for an old one": _old_clock,
    "takes the first attempt of a row for the last one": _of_the_first_run,
    "takes a line that broke for one that was never there": _reading(_hopeful),
    "takes a 5xx for a sure no": _reading(_sure_of_5xx),
    "takes a conflict for a throttle": _reading(_conflict_is_a_throttle),
    "takes any 400 for a refusal": _reading(_any_400_is_a_refusal),
    "takes any failure for a refusal": _reading(_any_failure_is_a_refusal),
    "takes a failure without a word whose fault it was for a refusal": lambda: patch.object(
        api, "may_refuse", _may_refuse_with_any_status_inside
    ),
    "signs in anew after a doubt, and sends again": lambda: patch.object(_DELIVER, "step", _renews_in_doubt),
    "forgets what earlier runs left in doubt": lambda: patch.object(Journal, "doubts", lambda *_: {}),
    "forgets what was in flight at a crash": lambda: patch.object(store, "_OPEN", (State.UNKNOWN, State.UNKNOWN)),
    "calls a row pending that it leaves in doubt": lambda: patch.object(_SEND, "unknown", _pending),
    "takes a damaged journal for an empty one": lambda: patch.object(Journal, "unsettled", lambda *_: 0.0),
    "forgets what earlier runs made": lambda: patch.object(Journal, "made", lambda *_: {}),
    "adopts what another row has": _judging(_as_if_nobody_had),
    "forgets its own records when it adopts": lambda: _together(
        patch.object(run.Run, "claims", lambda *_: set()), patch.object(run.Run, "earlier", lambda *_: {})
    ),
    "adopts from another section": _judging(_anywhere),
    "forgets what was there before a row was sent": _nothing_was_there,
    "trusts a number that another row has, and so does its database": _no_unique,
    "stores a section's number after its lessons leave": _late_notes,
    "tries a failed commit again": _commit_again,
    "takes the first page of a list for all of it": _first_page,
    "takes a list that could not be read for an empty one": lambda: patch.object(
        looking, "complete_list", _empty_where_unread
    ),
    "takes the service's filter by course for granted": _any_course,
    "looks by title": lambda: patch.object(looking, "look", _by_title),
    "has any number of rows in doubt": lambda: patch.object(run, "MOST_OPEN", 10**6),
    "ignores a throttle": lambda: patch.object(Pacer, "throttle", lambda *_: None),
    "waits half as long as a throttle asks": _half_the_wait,
    "lets a request go that waited while all were asked to wait": lambda: patch.object(Service, "perform", _ungated),
    "counts a request for the limits when its answer is there": lambda: patch.object(Window, "wait", _wait_of_answered),
    "forgets what the limits have used": _used(lambda *_: ()),
    "forgets what was read": _writes_alone,
    "forgets a throttle of the run before": lambda: patch.object(Journal, "_rest", lambda *_: 0.0),
    "tells the age of what the limits have used by the wall clock": _by_the_wall,
    "gives a slot back though the answer came": lambda: patch.object(Slot, "answered", Slot.unused),
}
