"""The promises of delivery, checked against what the service really holds."""

import json
import sqlite3
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from importer.answers import Request
from importer.api import CONTENT
from importer.delivery import State
from importer.ending import Ending
from importer.entities import SECTION, SECTION_ID
from importer.model import Outcome, RowKey, Verdict
from importer.pacing import DAY, HOUR, MINUTE
from importer.prepare import rows
from importer.problems import Code
from importer.settings import Settings
from tests.simulation.faults import SETTLE, Kind
from tests.simulation.process import Process
from tests.simulation.service import SimulatedService
from tests.simulation.sheets import Import, NaturalKey

_CLOSE = 1e-3
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
    work: Import
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

    # --- a request is about to leave --------------------------------------------------------------------

    def leaving(self, process: Process, request: Request) -> None:
        """Check a request before it is on its way."""
        now = self.service.clock.now
        if now < process.quiet_until - _CLOSE:
            self.breaks("P8", f"{request.method} {request.path} while everybody waits until {process.quiet_until:.3f}")
        if request.method == "POST" and request.path.startswith(CONTENT):
            process.posts += 1
            key = self.service.key_of(request)
            self._look_into_the_file(request, key)
            self._not_twice(key)

    def _count(self, sql: str, *given: object) -> int:
        if self._reader is None:
            self._reader = sqlite3.connect(self.journal, isolation_level=None)
        return int(self._reader.execute(sql, given).fetchall()[0][0])

    def _look_into_the_file(self, request: Request, key: NaturalKey) -> None:
        if not self._count(_INTENT, State.INFLIGHT, key[2], key[0]):
            self.breaks("P3", f"{key} leaves before its intent is in the journal")
        body = json.loads(request.body or b"{}")
        above = body.get(SECTION_ID.name)
        made = self.service.held().get((SECTION.kind, above)) if above is not None else None
        by_us = made is not None and self.service.made()[made[0]]
        if by_us and not self._count(_PARENT, SECTION.kind, above) and not self._is_listed(above):
            self.breaks("P3", f"{key} leaves before the id of its section is in the journal")
        doubts = self._count(_OPEN, State.UNKNOWN)
        if doubts >= 3 and not self.service.seen.touched:
            self.breaks("P9", f"{key} leaves while {doubts} rows are in doubt")

    def _is_listed(self, number: int) -> bool:
        sql = "SELECT count(*) FROM listing, json_each(listing.ids) WHERE kind = ? AND json_each.value = ?"
        return bool(self._count(sql, SECTION.kind, number))

    def _not_twice(self, key: NaturalKey) -> None:
        seen, wanted = self.service.seen, self.service.keys[key]
        if self.beyond or not wanted:
            return
        there = sum(found == key and by != "colleague@example.com" for found, by in self.service.held().values())
        if there + self.service.coming()[key] >= wanted:
            self.breaks("P2", f"{key} is sent again, though its record is there or on its way")
        if wanted > 1:
            return
        for attempt in seen.attempts:
            if attempt.key == key and attempt.ended_at is not None and not attempt.is_clear:
                asked = [at for kind, at in seen.lists if kind == key[0] and at >= attempt.ended_at]
                if len(asked) < 2 or asked[-1] < attempt.ended_at + SETTLE - _CLOSE:
                    self.breaks("P2", f"{key} is sent again without a proof that it is absent")

    # --- a run ended ------------------------------------------------------------------------------------

    def ended(self, process: Process, ending: Ending) -> None:
        """Check what a run says against what is there."""
        all_rows = list(rows(self.work.prepared, ending.verdicts))
        if [row.key for row in all_rows] != list(self.work.keys) or not set(ending.verdicts) <= set(self.work.keys):
            self.breaks("P5", "the rows of the report are not those of the sheet")
        held = self.service.held()
        claimed: Counter[tuple[str, int]] = Counter()
        for row in all_rows:
            verdict = row.verdict
            if verdict.id is not None:
                claimed[row.kind, verdict.id] += 1
            self._row_is_true(process, row.kind, row.key, verdict, held)
            if ending.plan is not None:
                self._nothing_was_made(row.key, verdict)
        for (kind, number), times in claimed.items():
            if times > 1:
                self.breaks("P6", f"{times} rows have the id {number} of {kind}")
        if not self.beyond:
            self.no_twins()

    def _row_is_true(
        self,
        process: Process,
        kind: str,
        row: RowKey,
        verdict: Verdict,
        held: dict[tuple[str, int], tuple[NaturalKey, str]],
    ) -> None:
        codes = {problem.code for problem in verdict.problems}
        if verdict.outcome in (Outcome.CREATED, Outcome.EXISTS):
            found = held.get((kind, verdict.id or 0))
            if found is None or found[0] != self.work.keys[row]:
                self.breaks("P6", f"{self.work.keys[row]} is {verdict.outcome} as {verdict.id}, which is {found}")
        if (
            verdict.outcome is Outcome.CREATED
            and verdict.id not in process.words
            and Code.FOUND_BY_LOOKING not in codes
        ):
            self.breaks("P2", f"{self.work.keys[row]} is called created, which nobody said")

    def _nothing_was_made(self, row: RowKey, verdict: Verdict) -> None:
        key = self.work.keys[row]
        if self.beyond or self.service.keys[key] > 1 or self.is_touched(key) or verdict.outcome not in _NOT_MADE:
            return
        if self.service.made()[key] or self.service.coming()[key]:
            self.breaks("P2", f"{key} is called {verdict.outcome}, and its record is there or on its way")

    def is_touched(self, key: NaturalKey) -> bool:
        """Whether a colleague added the same record, or the same section above it."""
        touched = self.service.seen.touched
        return key in touched or (SECTION.kind, "", key[1]) in touched

    def no_twins(self) -> None:
        """No natural key has more records of ours than rows."""
        for key, made in self.service.made().items():
            if made > self.service.keys[key]:
                self.breaks("P2", f"{key} was made {made} times for {self.service.keys[key]} rows")

    # --- at the end of a world --------------------------------------------------------------------------

    def windows(self, *, lost_time: bool) -> None:
        """In no window did the service see more than a limit, over all runs.

        `lost_time` is whether the machine was started anew and its clock set: then nobody knows what time has passed,
        and only what each run did by itself can be told.
        """
        arrivals = sorted(self.service.seen.arrivals)
        together = [{process} for _, process, _ in arrivals] if lost_time else [{process for _, process, _ in arrivals}]
        limits = self.settings
        for processes in together:
            writes = [at for at, process, is_write in arrivals if is_write and process in processes]
            requests = [at for at, process, _ in arrivals if process in processes]
            self._window(limits.writes_per_minute, MINUTE, writes)
            self._window(limits.requests_per_minute, MINUTE, requests)
            self._window(limits.requests_per_hour, HOUR, requests)
            self._window(limits.writes_per_day, DAY, writes)

    def _window(self, limit: int, seconds: float, times: list[float]) -> None:
        for first, at in enumerate(times):
            count = bisect_left(times, at + seconds - _CLOSE) - first
            if limit and count > limit:
                self.breaks("P7", f"{count} requests in the {seconds:.0f} s from {at:.3f}, where {limit} are allowed")
                return

    def all_is_done(self, ending: Ending) -> None:
        """Everything has its record, once; what cannot be told for sure is said to be so."""
        for row in rows(self.work.prepared, ending.verdicts):
            key, verdict = self.work.keys[row.key], row.verdict
            if self.is_touched(key):
                continue
            codes = {problem.code for problem in verdict.problems}
            made = self.service.made()[key]
            is_done = verdict.outcome in (Outcome.CREATED, Outcome.EXISTS)
            if made > self.service.keys[key]:
                told = codes & {Code.EXISTS_TWICE, Code.SECTION_AMBIGUOUS} or verdict.outcome is Outcome.UNKNOWN
                if not told and not self.work.twice:
                    self.twins += 1
                    self.breaks("P2", f"{key} was made {made} times, and its row is {verdict.outcome} without a word")
            elif not is_done and not (self.beyond and Code.SECTION_AMBIGUOUS in codes):
                self.breaks(
                    "liveness", f"{key} ended as {verdict.outcome}: {[one.message for one in verdict.problems]}"
                )
        if not self.beyond:
            self.no_twins()

    def nothing_more(self, process: Process, kinds: frozenset[Kind]) -> None:
        """Running what is done sends nothing."""
        if process.posts and Kind.COLLEAGUE not in kinds:
            self.breaks("P2", f"running what is done once more sent {process.posts} rows")
