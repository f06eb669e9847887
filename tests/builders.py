"""Books, sheets and rows made by hand, for tests of the stages that take them."""

import asyncio
import contextlib
import csv
import hashlib
import io
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd
from openpyxl import Workbook, load_workbook

from importer.answers import Request, Result
from importer.auth import Credentials
from importer.client import open_lines
from importer.derive.columns import columns_of
from importer.entities import ENTITIES, LESSON, SECTION, Entity, Kind
from importer.group_commit import group_commits
from importer.journal import Account, Journal, Run
from importer.model import Book, Cost, Dialect, Format, Operation, Outcome, Plan, Row, RowKey, Sheet, Verdict
from importer.problems import Code, Column, Place, Problem
from importer.sandbox import OPS, Server
from importer.service import Halt, Service, open_service
from importer.settings import Settings, read_settings

Grid = Sequence[Sequence[object]]


def sheet_of(grid: Grid, place: Place, entity: Entity = LESSON, header_row: int = 1) -> Sheet:
    """A sheet whose headings stand in `header_row`; blank rows are left out of its cells."""
    columns = columns_of([str(heading) for heading in grid[header_row - 1]], entity)
    held = {at: column.field for at, column in enumerate(columns) if column is not None and column.field}
    rows = {number: row for number, row in enumerate(grid, start=1) if number > header_row and any(row)}
    cells = {name: [row[at] if at < len(row) else None for row in rows.values()] for at, name in held.items()}
    return Sheet(
        place=place,
        entity=entity,
        columns=tuple(column for column in columns if column is not None),
        header_row=header_row,
        cells=pd.DataFrame(cells, index=pd.Index(list(rows), name="row", dtype="int64"), dtype=object),
        blank_rows=0,
    )


def csv_book(path: Path, data: bytes, *, encoding: str = "utf-8", delimiter: str = ",", end: str = "\n") -> Book:
    """Write a CSV file and give it as it would be loaded."""
    path.write_bytes(data)
    text = io.StringIO(data.decode(encoding), newline="")
    start = text.tell()
    if not text.readline().lower().startswith("sep="):
        text.seek(start)
    reader = csv.reader(text, delimiter=delimiter)
    grid, ends = [], [0]
    for record in reader:
        grid.append(record)
        ends.append(reader.line_num)
    return Book(
        path=path,
        name=str(path),
        format=Format.CSV,
        sha256=hashlib.sha256(data).hexdigest(),
        sheets=(sheet_of(grid, Place(file=str(path), sheet=None)),),
        dialect=Dialect(
            encoding=encoding,
            delimiter=delimiter,
            line_end=end,
            heights={number: after - before for number, (before, after) in enumerate(pairwise(ends), start=1)},
            widths={number: len(record) for number, record in enumerate(grid, start=1)},
        ),
    )


def saved_book(path: Path, workbook: Workbook, entities: Mapping[str, Entity]) -> Book:
    """Save a workbook and give it as it would be loaded; formulas are left as they stand."""
    workbook.save(path)
    sheets = [
        sheet_of(
            [list(row) for row in workbook[name].iter_rows(values_only=True)], Place(file=str(path), sheet=name), entity
        )
        for name, entity in entities.items()
    ]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Book(path=path, name=str(path), format=Format.XLSX, sha256=digest, sheets=tuple(sheets))


def row_of(sheet: Sheet, row: int, outcome: Outcome, *problems: Problem, id: int | None = None) -> Row:
    """One row with what became of it."""
    key = RowKey(sheet.place.file, sheet.place.sheet or "", row)
    verdict = Verdict(outcome=outcome, id=id, problems=problems)
    return Row(key=key, place=sheet.place, kind=sheet.entity.kind, title=f"Title {row}", verdict=verdict)


def rows_of(sheet: Sheet, outcomes: Iterable[Outcome] = ()) -> list[Row]:
    """A row for every row of the sheet, created unless said otherwise; those that are created have ids."""
    given = iter(outcomes)
    chosen = [(int(row), next(given, Outcome.CREATED)) for row in sheet.cells.index]
    return [
        row_of(sheet, row, outcome, id=1000 + row if outcome is Outcome.CREATED else None) for row, outcome in chosen
    ]


def problem_at(sheet: Sheet, row: int, column: Column, value: object = "", code: Code = Code.NOT_YES_NO) -> Problem:
    """A problem of one cell."""
    return Problem(code=code, place=sheet.place, row=row, column=column, value=value)


# --- a run against a sandbox ----------------------------------------------------------------------------

BY_PASSWORD = Credentials(username=OPS.name, password=OPS.password)


class Hasty(Halt):
    """Sleeps a hundredth of what it is asked to, or as much shorter as said."""

    def __init__(self, speed: float = 100) -> None:
        super().__init__()
        self._speed = speed

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / self._speed)


def settings_for(server: Server, **options: object) -> Settings:
    """Settings for a sandbox, without limits unless given."""
    unlimited = {"writes_per_minute": 0, "writes_per_day": 0, "requests_per_minute": 0, "min_interval": 0}
    unlimited["requests_per_hour"] = 0
    return read_settings({"base_url": server.base_url, **unlimited, **options})


def perform(settings: Settings, *requests: Request, token: str | None = None) -> list[Result]:
    """How requests end that are made one after the other on one line."""

    async def performing() -> list[Result]:
        async with open_lines(settings, 1) as (line,):
            return [await line.perform(request, token) for request in requests]

    return asyncio.run(performing())


OPS_ACCOUNT = Account(address="here", name="ops")


def run_named(id: str, account: Account = OPS_ACCOUNT) -> Run:
    """A run of the account, with files like any other."""
    return Run(id=id, account=account, files="", started_at=0, root=id)


@contextlib.asynccontextmanager
async def service_of(
    server: Server,
    *,
    given: Credentials = BY_PASSWORD,
    settings: Settings | None = None,
    journal: Path | None = None,
    run: str = "run",
) -> AsyncIterator[Service]:
    """The service as a run sees it, which hurries where it would wait; with a journal of its own unless given one."""
    with tempfile.TemporaryDirectory() as folder:
        opened = Journal.open(journal or Path(folder, "journal.sqlite3"), "boot")
        with contextlib.closing(opened):
            past = opened.start(run_named(run), time.time(), time.monotonic())
            settings = settings or settings_for(server)
            async with (
                group_commits(opened, run) as group,
                open_service(settings, given, Hasty(), group, past) as service,
            ):
                yield service


def fill_template(file: Path) -> Path:
    """Fill a template with the example of every column, one row a sheet."""
    book = load_workbook(file)
    for one in ENTITIES:
        if one.sheet in book.sheetnames:
            above = {parent.id for parent in one.parents if parent.title}
            for index, field in enumerate(one.fields, start=1):
                example = field.example if field.name not in above else None
                whole = field.kind is Kind.WHOLE and example
                book[one.sheet].cell(row=2, column=index, value=int(field.example) if whole else example)
    book.save(file)
    return file


def operation_of(
    title: str, *, row: int = 2, entity: Entity = LESSON, section_row: int | None = None, **more: object
) -> Operation:
    """A row that is ready to be sent; `more` goes into its body, `section_row` is the row of its section."""
    place = Place(file="course.xlsx", sheet=entity.sheet)
    body = {"CourseId": 101, "Title": title, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0}
    completion = {"CompletionType": 2} if entity is LESSON else {}
    columns = columns_of([field.name for field in entity.fields], entity)
    return Operation(
        key=RowKey(place.file, entity.sheet, row),
        place=place,
        columns={column.field: column for column in columns if column is not None and column.field},
        entity=entity,
        course=101,
        title=title,
        identity=f"{entity.kind} {title}",
        payload={**body, **completion, **more},
        parents={"SectionId": RowKey(place.file, SECTION.sheet, section_row)} if section_row else {},
    )


class Watcher:
    """Progress that remembers what it was told; `at` is called with how many rows have their outcome."""

    def __init__(self, at: Callable[[int], None] = lambda done: None) -> None:
        self.outcomes: list[Outcome] = []
        self.left: list[float] = []
        self.waits: list[float] = []
        self.settlings: list[int] = []
        self.damages: list[float] = []
        self.writes = 0
        self._at = at

    def planned(self, writes: int) -> None:
        self.writes = writes

    def advance(self, outcome: Outcome, seconds_left: float) -> None:
        self.outcomes.append(outcome)
        self.left.append(seconds_left)
        self._at(len(self.outcomes))

    def waiting(self, seconds: float) -> None:
        self.waits.append(seconds)

    def settling(self, rows: int, seconds: float) -> None:
        self.settlings.append(rows)

    def damaged(self, seconds: float) -> None:
        self.damages.append(seconds)


def plan_of(*waves: Sequence[Operation]) -> Plan:
    """A plan of some waves that costs nothing."""
    return Plan(waves=tuple(map(tuple, waves)), cost=Cost(writes=0, reads=0, seconds=0, left_today=None))
