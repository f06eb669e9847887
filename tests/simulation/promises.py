"""The promises of delivery, checked against what the service really holds."""

import json
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from importer.answers import Request
from importer.api import CONTENT
from importer.choices import Existing
from importer.delivery import State
from importer.doubts import MOST_OPEN
from importer.ending import Ending
from importer.entities import COURSE, SECTION
from importer.errors import JournalBrokeError, JournalError
from importer.model import Outcome, Row, Verdict
from importer.pacing import DAY, HOUR, MINUTE
from importer.prepare import rows
from importer.problems import Code
from importer.sandbox import OPS
from importer.settings import Settings
from tests.simulation.faults import SETTLE, Kind
from tests.simulation.process import Process
from tests.simulation.service import SimulatedService
from tests.simulation.sheets import Import, NaturalKey
from tests.simulation.truth import BEFORE, COLLEAGUE, Attempt, entity_of

_CLOSE = 1e-3
_AMBIGUOUS = {Code.SECTION_AMBIGUOUS, Code.COURSE_AMBIGUOUS}
_NOT_MADE = (Outcome.PENDING, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED, Outcome.INVALID)

_INTENT = """
SELECT count(*) FROM row JOIN attempt ON attempt.run_id = row.run_id AND attempt.row = row.number
WHERE row.state = ? AND row.title = ? AND row.kind = ? AND is_write AND answered_at IS NULL
"""
_PARENT = "SELECT count(*) FROM row WHERE kind = ? AND remote_id = ?"
_OPEN = """
SELECT count(*) FROM row WHERE state = ? AND taken_up_by IS NULL AND run_id = (SELECT max(id) FROM run)
"""


@dataclass(slots=True)
class Promises:
    """Looks at everything that leaves a process, and at what each run says. What is broken is written down."""

    service: SimulatedService
    settings: Settings
    journal: Path
    beyond: bool
    """Whether work may be done later than anybody can expect, so that twins cannot be helped."""
    broken: list[str] = field(default_factory=list)
    twins: int = 0
    _reader: sqlite3.Connection | None = None

    def breaks(self, promise: str, what: str) -> None:
        """A promise is broken."""
        self.broken.append(f"{promise} at {self.service.clock.now:.3f}: {what}")

    def close(self) -> None:
        """Let go of the journal."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # --- a request is about to leave --------------------------------------------------------------------

    def leaving(self, process: Process, request: Request) -> None:
        """Check a request before it is on its way."""
        now = self.service.clock.now
        if now < process.quiet_until - _CLOSE:
            self.breaks("P8", f"{request.method} {request.path} while everybody waits until {process.quiet_until:.3f}")
        if request.method == "POST" and request.path.startswith(CONTENT):
            process.posts += 1
            key = self.service.truth.key_of(request)
            self._look_into_the_file(request, key)
            self._few_in_doubt(process, key)
            self._not_twice(key)

    def _count(self, sql: str, *given: object) -> int:
        if self._reader is None:
            self._reader = sqlite3.connect(self.journal, isolation_level=None)
        return int(self._reader.execute(sql, given).fetchall()[0][0])

    def _look_into_the_file(self, request: Request, key: NaturalKey) -> None:
        if not self._count(_INTENT, State.INFLIGHT, key[2], key[0]):
            self.breaks("P3", f"{key} leaves before its intent is in the journal")
        body, truth = json.loads(request.body or b"{}"), self.service.truth
        for parent in entity_of(request).parents:
            above = body.get(parent.id)
            made = truth.held().get((parent.kind, above)) if above is not None else None
            by_us = made is not None and truth.made()[made[0]]
            if by_us and not self._count(_PARENT, parent.kind, above) and not self._is_listed(parent.kind, above):
                self.breaks("P3", f"{key} leaves before {parent.id} {above} is in the journal")

    def _few_in_doubt(self, process: Process, key: NaturalKey) -> None:
        """Those in doubt and those on their way are fewer than three; without a limit, from the first doubt on."""
        truth = self.service.truth
        if truth.touched or (self.beyond and self._cannot_be_told_apart()):
            # What may be a colleague's, or one of two records, stays unknown for good, and is not open any more.
            return
        doubts = self._count(_OPEN, State.UNKNOWN)
        on_the_way = sum(one.process == process.number and one.ended_at is None for one in truth.attempts)
        is_held_back = doubts or self.settings.writes_per_minute
        if is_held_back and doubts + on_the_way >= MOST_OPEN:
            self.breaks("P9", f"{key} leaves while {doubts} rows are in doubt and {on_the_way} on their way")

    def _is_listed(self, kind: str, number: int) -> bool:
        sql = "SELECT count(*) FROM listing, json_each(listing.ids) WHERE kind = ? AND json_each.value = ?"
        return bool(self._count(sql, kind, number))

    def wanted(self, key: NaturalKey) -> int:
        """How many records of a natural key all runs together may make."""
        return self.service.wanted[key] * self.service.truth.generation

    def _not_twice(self, key: NaturalKey) -> None:
        truth, wanted = self.service.truth, self.wanted(key)
        if self.beyond or not wanted:
            return
        others = (COLLEAGUE,) if self.settings.on_existing is Existing.SKIP else (COLLEAGUE, BEFORE)
        there = sum(found == key and by not in others for found, by in truth.held().values())
        if there + truth.coming()[key] >= wanted:
            self.breaks("P2", f"{key} is sent again, though its record is there or on its way")
        if self.service.wanted[key] == 1:
            for attempt in truth.attempts:
                if attempt.key == key and self._needs_proof(attempt):
                    self._has_proof(attempt)

    def _needs_proof(self, attempt: Attempt) -> bool:
        """Whether the record of an attempt has to be proven absent before its row is sent again."""
        truth = self.service.truth
        return (
            attempt.ended_at is not None
            and not attempt.is_clear
            and attempt.generation == truth.generation
            and attempt.ended_at >= truth.forgot_at
            and (attempt.key[0], attempt.made) not in truth.deleted
        )

    def _has_proof(self, attempt: Attempt) -> None:
        ended_at, truth = attempt.ended_at or 0.0, self.service.truth
        asked = [at for kind, at in truth.lists if kind == attempt.key[0] and at >= ended_at]
        if ended_at <= truth.damaged_at:
            if not asked or asked[-1] < attempt.left_at + SETTLE - _CLOSE:
                self.breaks("P2", f"{attempt.key} is sent again too soon after the journal was damaged")
            return
        if len(asked) < 2 or asked[-1] < ended_at + SETTLE - _CLOSE:
            self.breaks("P2", f"{attempt.key} is sent again without a proof that it is absent")

    # --- a run ended ------------------------------------------------------------------------------------

    def ended(self, process: Process, ending: Ending) -> None:
        """Check what a run says against what is there."""
        work, held = process.work, self.service.truth.held()
        all_rows = list(rows(work.prepared, ending.verdicts))
        if [row.key for row in all_rows] != list(work.keys) or not set(ending.verdicts) <= set(work.keys):
            self.breaks("P5", "the rows of the report are not those of the sheet")
        if isinstance(ending.stop, JournalError | JournalBrokeError) and not process.disk_failed:
            self.breaks("journal", f"refused what the program wanted to write: {ending.stop}")
        self._nothing_is_claimed_twice(all_rows)
        for row in all_rows:
            key = work.keys[row.key]
            self._record_is_true(process, (row.kind, row.verdict.id or 0), key, row.verdict, held)
            if ending.plan is not None:
                self._nothing_was_made(key, row.verdict)
        if not self.beyond:
            self.no_twins()

    def _nothing_is_claimed_twice(self, all_rows: Sequence[Row]) -> None:
        claimed = Counter((row.kind, row.verdict.id) for row in all_rows if row.verdict.id is not None)
        for (kind, number), times in claimed.items():
            if times > 1:
                self.breaks("P6", f"{times} rows have the id {number} of {kind}")

    def _record_is_true(
        self,
        process: Process,
        record: tuple[str, int],
        key: NaturalKey,
        verdict: Verdict,
        held: Mapping[tuple[str, int], tuple[NaturalKey, str]],
    ) -> None:
        if verdict.outcome not in (Outcome.CREATED, Outcome.EXISTS):
            return
        truth = self.service.truth
        found, by = held.get(record, (None, ""))
        is_gone = truth.deleted.get(record, -1.0) >= process.started_at
        if found != key and not is_gone:
            self.breaks("P6", f"{key} is {verdict.outcome} as {record[1]}, which is {found}")
        if verdict.outcome is Outcome.EXISTS:
            return
        is_told = record[1] in truth.told[process.number]
        if not is_told and Code.FOUND_BY_LOOKING not in {problem.code for problem in verdict.problems}:
            self.breaks("P2", f"{key} is called created, which nobody said")
        if by not in (OPS.name, "") and not truth.is_touched(key):
            self.breaks("P6", f"{key} is called created as {record[1]}, which {by} made")

    def _nothing_was_made(self, key: NaturalKey, verdict: Verdict) -> None:
        truth = self.service.truth
        if self.beyond or self.wanted(key) > 1 or truth.is_touched(key) or verdict.outcome not in _NOT_MADE:
            return
        if truth.made()[key] or truth.coming()[key]:
            self.breaks("P2", f"{key} is called {verdict.outcome}, and its record is there or on its way")

    def _twins(self) -> dict[NaturalKey, int]:
        """The natural keys with more records of ours than rows, and how many."""
        return {key: made for key, made in self.service.truth.made().items() if made > self.wanted(key)}

    def _cannot_be_told_apart(self) -> bool:
        """Whether two records of one natural key came of requests that got no clear answer."""
        made = (one.key for one in self.service.truth.attempts if one.made is not None and not one.is_clear)
        return max(Counter(made).values(), default=0) > 1

    def _is_below_twins(self, key: NaturalKey) -> bool:
        """Whether a row's section or its course has two records, which no row is placed below."""
        return any(
            kind == COURSE.kind or (kind == SECTION.kind and title == key[1]) for kind, _, title in self._twins()
        )

    def no_twins(self) -> None:
        """No natural key has more records of ours than rows."""
        for key, made in self._twins().items():
            self.breaks("P2", f"{key} was made {made} times for {self.wanted(key)} rows")

    # --- at the end of a world --------------------------------------------------------------------------

    def windows(self, *, lost_time: bool, forgot: bool) -> None:
        """In no window did the service see more than a limit, over all runs.

        `lost_time` is whether the machine was started anew and its clock set: then nobody knows what time has passed,
        and only what each run did by itself can be told. `forgot` is whether the journal was lost, or is that of an
        earlier day: then only the last minutes are known.
        """
        arrivals = sorted(self.service.truth.arrivals)
        everybody = {process for _, process, _ in arrivals}
        limits = self.settings
        for processes in [{process} for process in everybody] if lost_time else [everybody]:
            writes = [at for at, process, is_write in arrivals if is_write and process in processes]
            requests = [at for at, process, _ in arrivals if process in processes]
            self._window(limits.writes_per_minute, MINUTE, writes)
            self._window(limits.requests_per_minute, MINUTE, requests)
            if not forgot:
                self._window(limits.requests_per_hour, HOUR, requests)
                self._window(limits.writes_per_day, DAY, writes)

    def _window(self, limit: int, seconds: float, times: list[float]) -> None:
        for first, at in enumerate(times):
            count = bisect_left(times, at + seconds - _CLOSE) - first
            if limit and count > limit:
                self.breaks("P7", f"{count} requests in {seconds:.0f} s from {at:.3f}, where {limit} are allowed")
                return

    def all_is_done(self, work: Import, ending: Ending) -> None:
        """Everything has its record, once; what cannot be told for sure is said to be so."""
        truth = self.service.truth
        for row in rows(work.prepared, ending.verdicts):
            key, verdict = work.keys[row.key], row.verdict
            if truth.is_touched(key):
                continue
            codes = {problem.code for problem in verdict.problems}
            made = truth.made()[key]
            is_done = verdict.outcome in (Outcome.CREATED, Outcome.EXISTS)
            if made > self.wanted(key):
                told = codes & {Code.EXISTS_TWICE, *_AMBIGUOUS} or verdict.outcome is Outcome.UNKNOWN
                if not told and not work.twice:
                    self.twins += 1
                    self.breaks("P2", f"{key} was made {made} times, and its row is {verdict.outcome} without a word")
            elif not is_done and not (codes & _AMBIGUOUS and self.beyond) and not self._is_below_twins(key):
                self.breaks(
                    "liveness", f"{key} ended as {verdict.outcome}: {[one.message for one in verdict.problems]}"
                )
        if not self.beyond:
            self.no_twins()

    def nothing_more(self, process: Process, kinds: frozenset[Kind]) -> None:
        """Running what is done sends nothing."""
        if process.posts and Kind.COLLEAGUE not in kinds:
            self.breaks("P2", f"running what is done once more sent {process.posts} rows")
