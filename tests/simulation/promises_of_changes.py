"""The promises for records that are changed and deleted, checked against what the service really holds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from importer.answers import Request
from importer.derive.compare import differing
from importer.ending import Ending
from importer.entities import ENTITIES
from importer.errors import JournalBrokeError, JournalError
from importer.model import Operation, Outcome, Verb, Verdict
from tests.simulation.altered import METHODS, Altering, Record, record_of
from tests.simulation.process import Process
from tests.simulation.promises import Promises

_INSTANT: Final = 31.0
"""Seconds that may pass between the reading of a record and the writing that starts from it."""
_NOT_DONE: Final = (Outcome.PENDING, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED)
_ENTITIES: Final = {entity.kind: entity for entity in ENTITIES}

_INTENT: Final = """
SELECT row.before FROM row JOIN attempt ON attempt.run_id = row.run_id AND attempt.row = row.number
WHERE row.state = 'inflight' AND row.kind = ? AND row.subject = ? AND verb = ? AND is_write AND answered_at IS NULL
    AND taken_up_by IS NULL
"""
_IMAGES: Final = """
SELECT row.kind, subject, before FROM row WHERE verb = 'update' AND state IN ('done', 'adopted')
"""


@dataclass(slots=True)
class PromisesOfChanges(Promises):
    """Looks at each change that leaves a process, and at what each run says of its rows."""

    asked_for: Mapping[Record, Operation] = field(default_factory=dict)
    seen: dict[tuple[int, Record], float] = field(default_factory=dict)
    """When the service showed the record from which a process planned its change."""
    number: int = 0
    lost_time: Callable[[], bool] = lambda: False
    """Whether the machine was started anew and its clock set: then nobody knows how long ago something was sent."""

    def planned(self, operation: Operation) -> None:
        """A process has planned what to do with a record, which it was shown just now."""
        record = operation.entity.kind, operation.id or 0
        reading = self.service.altered.read.get((self.number, record))
        if reading is not None:
            self.seen[self.number, record] = reading.worked_at

    def leaving(self, process: Process, request: Request) -> None:
        """Check a request before it is on its way."""
        # Not `super()`, which a class with slots that is made anew does not find.
        Promises.leaving(self, process, request)
        self.number = process.number
        if request.method in METHODS:
            record = record_of(request)
            self._image_is_kept(request, record)
            self._nobody_is_overwritten(process, request, record)
        if request.method == "PUT" and self._others_come(record_of(request)):
            self.breaks("truth", f"{request.path} changes {record_of(request)}, and another change is still on its way")

    def _others_come(self, record: Record) -> bool:
        """Whether a change of ours will still be made that nobody asks for any more."""
        one = self.asked_for[record]
        coming = self.service.altered.coming(record)
        return any(not _is_asked_for(one, altering) for altering in coming) and not self.lost_time()

    def _rows(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        self._count("SELECT 0")
        assert self._reader is not None
        return self._reader.execute(sql, given).fetchall()

    def _image_is_kept(self, request: Request, record: Record) -> None:
        verb = Verb.UPDATE if request.method == "PUT" else Verb.DELETE
        images = self._rows(_INTENT, *record, verb)
        if len(images) != 1 or images[0][0] is None:
            self.breaks("P3", f"{request.method} of {record} leaves without its image on disk")

    def _nobody_is_overwritten(self, process: Process, request: Request, record: Record) -> None:
        altered = self.service.altered
        reading = altered.read.get((process.number, record))
        if reading is None or reading.record is None or altered.clock.awake - reading.answered_at > _INSTANT:
            self.breaks("edits", f"{request.method} of {record} leaves without having been read just before")
            return
        since = self.seen.get((process.number, record), altered.clock.now)
        edits = [at for at in altered.edits.get(record, ()) if since < at <= reading.worked_at]
        if edits:
            self.breaks("edits", f"{request.method} of {record} leaves though it was edited at {edits[-1]:.3f}")
        if request.method == "PUT":
            kept = {**json.loads(request.body or b"{}"), **dict.fromkeys(self.asked_for[record].payload)}
            other = {name for name, value in kept.items() if value is not None and reading.record.get(name) != value}
            if other:
                self.breaks("edits", f"PUT of {record} changes {sorted(other)} too")

    # --- a run ended ------------------------------------------------------------------------------------

    def ended(self, process: Process, ending: Ending) -> None:
        """Check what a run says against what is there."""
        if isinstance(ending.stop, JournalError | JournalBrokeError) and not process.disk_failed:
            self.breaks("journal", f"refused what the program wanted to write: {ending.stop}")
        if ending.plan is None:
            return
        if set(ending.verdicts) != {one.key for one in self.asked_for.values()}:
            self.breaks("P5", "the rows that have an outcome are not those that were to be changed")
        for record, one in self.asked_for.items():
            if one.key in ending.verdicts:
                self._is_true(process, record, one, ending.verdicts[one.key])
        self._images_are_from_before()

    def _is_true(self, process: Process, record: Record, one: Operation, verdict: Verdict) -> None:
        altered = self.service.altered
        held = self.service.store.get(_ENTITIES[record[0]], record[1])
        edited = any(at >= process.started_at for at in altered.edits.get(record, ()))
        if verdict.outcome in (Outcome.UPDATED, Outcome.EXISTS) and not edited and not self._is_wanted(one, held):
            self.breaks("truth", f"{record} is {verdict.outcome}, and the service does not hold that")
        if verdict.outcome is Outcome.DELETED and held is not None:
            self.breaks("truth", f"{record} is deleted, and the service holds it")
        if verdict.outcome in (Outcome.UPDATED, Outcome.EXISTS) and self._others_come(record):
            self.breaks("truth", f"{record} is {verdict.outcome}, and another change of ours is still on its way")
        if verdict.outcome in _NOT_DONE:
            if held is not None and any(_is_asked_for(one, altering) for altering in altered.coming(record)):
                self.breaks("truth", f"{record} is {verdict.outcome}, and its change is still on its way")
            if self._is_wanted(one, held) and (one.verb is Verb.UPDATE or not edited):
                self.breaks("truth", f"{record} is {verdict.outcome}, and the service holds what was wanted")

    def _is_wanted(self, one: Operation, held: Mapping[str, object] | None) -> bool:
        if held is None:
            return one.verb is Verb.DELETE
        return one.verb is Verb.UPDATE and not any(differing(one.entity, one.payload, held))

    def _images_are_from_before(self) -> None:
        for kind, number, image in self._rows(_IMAGES):
            one = self.asked_for[kind, number]
            if image is None or not any(differing(one.entity, one.payload, json.loads(image))):
                self.breaks("image", f"what is kept of {kind} {number} is not from before it was changed")

    def all_is_changed(self, ending: Ending, *, more: int) -> None:
        """Everything is as wanted, but for what colleagues took away; and nothing more is sent for that."""
        for record, one in self.asked_for.items():
            held = self.service.store.get(_ENTITIES[record[0]], record[1])
            if not self._is_wanted(one, held) and not (held is None and self.service.altered.edits.get(record)):
                verdict = ending.verdicts.get(one.key)
                self.breaks("liveness", f"{record} is not as wanted: {verdict}")
        if more:
            self.breaks("P2", f"changing what is as wanted sent {more} changes more")


def _is_asked_for(one: Operation, altering: Altering) -> bool:
    """Whether a change of ours is what is asked for now: the sheet may have asked for something else before."""
    body = altering.body
    if body is None or one.verb is Verb.DELETE:
        return body is None and one.verb is Verb.DELETE
    return not any(differing(one.entity, one.payload, body))
