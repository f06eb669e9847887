"""What is remembered of a run: its files and options at its beginning, and what it answers for each row."""

import os
from collections import Counter
from typing import Final

from importer.ending import Ending, of_files
from importer.errors import JournalBrokeError
from importer.journal import About, Conclusion, Input, Part
from importer.model import Book
from importer.prepare import rows
from importer.work import Work

_RUN: Final = "run"
_RETRY: Final = "retry"


def remember_files(work: Work) -> None:
    """What the run is about. Raises `JournalError`."""
    prepared = work.prepared
    about = About(
        command=_RETRY if prepared.former else _RUN,
        inputs=[_input(book) for book in prepared.books],
        options=work.settings.as_given,
        blank_rows=prepared.blank_rows,
        of_run=prepared.former.run_id if prepared.former else None,
    )
    parts = [
        Part(place=table.sheet.place, kind=table.entity.kind, columns=table.sheet.columns) for table in prepared.tables
    ]
    work.journal.history.open(work.run.id, about, parts)


def _input(book: Book) -> Input:
    among = book.sheets[0].place.among if book.sheets else ""
    return Input(name=book.name, path=os.path.abspath(book.path), sha256=book.sha256, among=among)


def remember_settled(work: Work, ending: Ending) -> None:
    """The answers of the rows that are not sent, before the first of the others is. Raises `JournalError`."""
    assert ending.plan is not None
    sent = {one.key for one in ending.plan.operations}
    settled = (row for row in rows(work.prepared, ending.verdicts, ending.operations) if row.key not in sent)
    work.journal.history.answer(work.run.id, settled)


def remember_end(work: Work, ending: Ending) -> Ending:
    """How the run ended, with the answers that are not there yet."""
    every = list(rows(work.prepared, ending.verdicts, ending.operations))
    sent = {one.key for one in ending.plan.operations} if ending.plan is not None and ending.is_begun else None
    conclusion = Conclusion(
        counts=Counter(row.verdict.outcome for row in every),
        requests=ending.requests,
        elapsed=max(0.0, work.wall() - work.run.started_at),
        problems=of_files(work.prepared, ending),
        stop=ending.stop.message if ending.stop else "",
        interrupted=ending.interrupted,
    )
    left = [row for row in every if sent is None or row.key in sent]
    try:
        work.journal.end(work.run.id, ending.status, work.wall(), left, conclusion)
    except JournalBrokeError as error:
        return ending.because(error)
    return ending
