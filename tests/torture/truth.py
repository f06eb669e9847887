"""What a command says of its rows, held to what the service really has."""

import contextlib
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from importer.delivery import State
from importer.entities import ID, LESSON, RECORD_HEADING, SECTION, SECTION_ID, STATUS_HEADING, TITLE
from importer.model import Outcome
from tests.flow.commands import Answer
from tests.torture.sheets import COURSE, Files, Key, read_reports
from tests.torture.sights import Sent, Watched

_THERE: Final = (Outcome.CREATED, Outcome.EXISTS)

_LEFT_OPEN: Final = "SELECT count(*) FROM row WHERE state IN (?, ?) AND taken_up_by IS NULL"
_INTENTS: Final = "SELECT body_sha256, count(*) FROM attempt WHERE is_write GROUP BY body_sha256"


@dataclass(slots=True)
class Truth:
    """Compares, and writes down what is not so."""

    watched: Watched
    files: Files
    folder: Path
    journal: Path
    broken: list[str] = field(default_factory=list)
    twins: int = 0

    def _expect(self, fine: bool, what: str) -> None:
        if not fine:
            self.broken.append(what)

    def records(self) -> dict[tuple[str, int], Key]:
        """What the service holds, by kind and id."""
        held = self.watched.held(COURSE)
        sections = {record[ID]: record[TITLE.name] for entity, record in held if entity is SECTION}
        return {
            (entity.kind, record[ID]): (entity.kind, sections.get(record.get(SECTION_ID.name), ""), record[TITLE.name])
            for entity, record in held
        }

    def after_a_kill(self) -> None:
        """Reports are those of an earlier run or whole ones of this, and nothing in them is made up."""
        rows = read_reports(self.folder)
        records = self.records()
        for row, cells in rows.items():
            if cells.get(STATUS_HEADING) in _THERE:
                found = records.get((row[0], int(cells[RECORD_HEADING])))
                self._expect(found == self.files.keys[row], f"a report has {found} for {self.files.keys[row]}")
        self._no_twins()

    def after_the_end(self, answer: Answer) -> None:
        """Everything has its record, once, and everybody says so."""
        self._expect(answer.code == 0, f"exit code {answer.code}: {answer.stderr[-500:]}")
        if answer.code == 0:
            rows = {(row["kind"], row["row"]): row for row in answer.document["rows"]}
            self._adds_up(answer.document, rows)
            self._rows_are_true(rows)
            self._reports_agree(rows)
        wanted = Counter(self.files.keys.values()) - Counter(self.records().values())
        self._expect(not wanted, f"not there: {sorted(wanted)}")
        self._no_twins()
        self._each_request_was_needed()
        self._journal_is_closed()

    def _adds_up(self, document: dict[str, Any], rows: dict[tuple[str, int], dict[str, Any]]) -> None:
        counts = Counter(row["outcome"] for row in rows.values())
        told = {outcome: count for outcome, count in document["counts"].items() if count}
        self._expect(told == counts, f"counts {told}, rows {counts}")
        self._expect(rows.keys() == self.files.keys.keys(), "the rows of the answer are not those of the files")
        ids = Counter((row["kind"], row["id"]) for row in rows.values() if row["id"] is not None)
        self._expect(set(ids.values()) <= {1}, f"ids that several rows have: {[one for one in ids if ids[one] > 1]}")

    def _rows_are_true(self, rows: dict[tuple[str, int], dict[str, Any]]) -> None:
        records = self.records()
        for key, row in rows.items():
            found = records.get((row["kind"], row["id"]))
            fine = row["outcome"] in _THERE and found == self.files.keys.get(key)
            self._expect(fine, f"{key} is {row['outcome']} as {row['id']}, which is {found}")

    def _reports_agree(self, rows: dict[tuple[str, int], dict[str, Any]]) -> None:
        said = {
            key: (cells[STATUS_HEADING], str(cells[RECORD_HEADING])) for key, cells in read_reports(self.folder).items()
        }
        wanted = {key: (row["outcome"], str(row["id"])) for key, row in rows.items()}
        differ = [(key, said.get(key)) for key in wanted.keys() | said.keys() if said.get(key) != wanted.get(key)]
        self._expect(not differ, f"the reports say otherwise: {sorted(differ)}")

    def _no_twins(self) -> None:
        twins = Counter(self.records().values()) - Counter(self.files.keys.values())
        self.twins = twins.total()
        self._expect(not twins, f"made more than once: {sorted(twins)}")

    def _each_request_was_needed(self) -> None:
        """A row was sent once for its record, and once for each request that the service lost."""
        arrivals, records = self.watched.arrivals, self.records()
        made = Counter(self._sent(kind, number) for kind, number in records)
        needless = arrivals.sent - made - arrivals.lost
        self._expect(arrivals.sent == made + arrivals.lost, f"sent without need: {sorted(needless)}")

    def _sent(self, kind: str, number: int) -> Sent:
        entity = SECTION if kind == SECTION.kind else LESSON
        record = self.watched.server.store.get(entity, number) or {}
        above = record.get(SECTION_ID.name)
        return kind, COURSE, above if isinstance(above, int) else None, str(record[TITLE.name])

    def _journal_is_closed(self) -> None:
        """It is sound, knew of each request before it left, and has nothing left in doubt."""
        with contextlib.closing(sqlite3.connect(self.journal)) as journal:
            sound = journal.execute("PRAGMA quick_check").fetchall()
            intents = Counter(dict(journal.execute(_INTENTS).fetchall()))
            ((left,),) = journal.execute(_LEFT_OPEN, (State.INFLIGHT, State.UNKNOWN)).fetchall()
        self._expect(sound == [("ok",)], f"the journal is damaged: {sound}")
        self._expect(left == 0, f"{left} rows are in doubt in the journal")
        unknown = self.watched.arrivals.bodies - intents
        self._expect(not unknown, f"{unknown.total()} requests left before their intent was in the journal")
