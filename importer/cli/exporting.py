"""What a person at a terminal sees of an export, and of single records."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

from tqdm import tqdm

from importer import pipeline
from importer.cli.shell import guarded, service_for, tell, write_out
from importer.derive.longest import LONGEST_CELL
from importer.derive.present import Cell, Record
from importer.derive.prompt import typed
from importer.derive.words import either
from importer.entities import ENTITIES, LARGEST_WHOLE, Entity
from importer.errors import ExportError
from importer.export import Chosen, Exported
from importer.export.single import file_for_single, told_record, write_single
from importer.export.writing import Output
from importer.languages import say
from importer.model import Status
from importer.problems import counted, quoted
from importer.report.words import for_terminal
from importer.settings import Settings

_OURS: Final = ("course_id", "course", "all_courses", "output", "without_ids")
"""Options that are no settings."""
_NAMED: Final = 5
"""Cells that a remark names; how many there are besides it only counts."""


def export(options: Mapping[str, Any]) -> int:
    """Write courses to a file or a folder and say what is there; the exit code."""

    def perform(settings: Settings) -> int:
        chosen = _chosen(options, settings)
        with service_for(settings) as with_service, _Bar(wanted=not (settings.quiet or settings.as_json)) as bar:
            done = pipeline.export(
                options["output"],
                chosen,
                with_service,
                bar,
                with_ids=not options.get("without_ids"),
                overwrite=settings.force,
            )
        _answer(done, settings, with_ids=not options.get("without_ids"))
        return 0

    return guarded(perform, {name: value for name, value in options.items() if name not in _OURS})


def show(kind: str, ids: Sequence[str], options: Mapping[str, Any]) -> int:
    """Print single records, or write them to a file; the exit code, 1 where one of them is not there."""

    def perform(settings: Settings) -> int:
        entity = _entity(kind)
        numbers = list(dict.fromkeys(map(_number, ids)))
        name = options.get("output")
        output = file_for_single(name, overwrite=settings.force) if name else None
        with service_for(settings) as with_service:
            found = pipeline.show(entity, numbers, with_service)
        missing = [number for number in numbers if number not in found]
        if output is not None and found:
            _written(output, entity, list(found.values()), settings)
        if settings.as_json:
            records = {"kind": entity.kind, "records": list(found.values()), "missing": missing}
            write_out(for_terminal(json.dumps(records, ensure_ascii=False)), sys.stdout)
        elif output is None and found:
            tell("\n\n".join(told_record(entity, record) for record in found.values()), sys.stdout)
        for number in missing:
            tell(say("There is no {singular} {id} in Nexudus.", singular=say(entity.singular), id=number))
        return 1 if missing else 0

    return guarded(perform, {name: value for name, value in options.items() if name not in _OURS})


def _written(output: Output, entity: Entity, records: Sequence[Record], settings: Settings) -> None:
    for line in _blank(write_single(output, entity, records)):
        tell(line)
    if not (settings.quiet or settings.as_json):
        tell(say("{records}: {path}", records=counted(len(records), entity.singular), path=output.path), sys.stdout)


def _entity(kind: str) -> Entity:
    for entity in ENTITIES:
        if kind.casefold() in (entity.kind, entity.singular):
            return entity
    kinds = either(tuple(entity.kind for entity in ENTITIES))
    message = f"There are no records called {quoted(kind)}: expected {kinds}."
    raise ExportError(message)


def _chosen(options: Mapping[str, Any], settings: Settings) -> Chosen:
    ids = [_number(text) for text in options.get("course_id", ())]
    chosen = Chosen(ids=ids, titles=options.get("course", ()), all=bool(options.get("all_courses")))
    if not (chosen.ids or chosen.titles or chosen.all) and settings.course_id is not None:
        return Chosen(ids=(settings.course_id,))
    if not (chosen.ids or chosen.titles or chosen.all):
        message = "Say which courses: --course-id N, --course TITLE, or --all."
        raise ExportError(message)
    return chosen


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 19 and 0 < int(text) <= LARGEST_WHOLE:
        return int(text)
    message = f"{quoted(text)} is not the number of a record: expected a whole number, such as 101."
    raise ExportError(message)


def _answer(done: Exported, settings: Settings, *, with_ids: bool) -> None:
    if settings.as_json:
        write_out(for_terminal(json.dumps(_document(done), ensure_ascii=False)), sys.stdout)
        return
    for line in _remarks(done):
        tell(line)
    if not settings.quiet:
        tell("\n".join(_lines(done, with_ids=with_ids, is_rehearsal=settings.sandbox)), sys.stdout)


def _lines(done: Exported, *, with_ids: bool, is_rehearsal: bool) -> Iterator[str]:
    counts = ", ".join(counted(done.counts[entity.kind], entity.singular) for entity in ENTITIES)
    yield say("Exported {counts}: {files}", counts=counts, files=" ".join(map(str, done.files)))
    if done.kept:
        yield say("{records} of them had been read before.", records=counted(done.kept, "record"))
    options = (" --on-existing update" if with_ids else "") + (" --sandbox" if is_rehearsal else "")
    names = " ".join(typed(str(name)) for name in done.files)
    yield say("Then: {command}", command=f"importer plan {names}{options}")


def _remarks(done: Exported) -> Iterator[str]:
    if done.long:
        yield say(
            "A folder of CSV files instead of a workbook, whose cells hold at most {longest:,} characters: {cells}.",
            longest=LONGEST_CELL,
            cells=_some(done.long),
        )
    yield from _blank(done.unsaid)
    if done.twins:
        yield say(
            "Without numbers nothing tells these apart: {cells}. Change their titles, or import them with "
            "--allow-duplicates.",
            cells=_some(done.twins),
        )
    if done.formulas:
        yield say(
            "Excel takes {texts} for formulas where it opens a CSV, as they begin like one; a workbook keeps them.",
            texts=counted(done.formulas, "text"),
        )


def _blank(unsaid: Sequence[Cell]) -> Iterator[str]:
    if unsaid:
        yield say(
            "Left blank, as no cell can say what Nexudus holds there: {cells}. An update leaves it as it is.",
            cells=_some(unsaid),
        )


def _some(cells: Sequence[Cell]) -> str:
    named = [f"{cell.field.name} ({cell.entity.singular} {cell.id}, {quoted(cell.title)})" for cell in cells[:_NAMED]]
    rest = len(cells) - len(named)
    return ", ".join([*named, *([say("{count:,} more", count=rest)] if rest else [])])


def _document(done: Exported) -> dict[str, Any]:
    return {
        "status": Status.COMPLETED.value,
        "courses": [{"id": id, "title": title} for id, title in done.courses.items()],
        "counts": dict(done.counts),
        "read_before": done.kept,
        "not_told_apart": [_cell(cell) for cell in done.twins],
        "left_blank": [_cell(cell) for cell in done.unsaid],
        "too_long_for_a_workbook": [_cell(cell) for cell in done.long],
        "problems": [],
        "requests": {"writes": 0, "reads": done.requests.reads, "throttled": done.requests.throttled},
        "elapsed_s": round(done.seconds, 3),
        "files": [str(path) for path in done.files],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"kind": cell.entity.kind, "id": cell.id, "title": cell.title, "field": cell.field.name}


class _Bar:
    """A bar on stderr, if that is a terminal: how many records are read."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None

    def planned(self, records: int) -> None:
        if self._wanted and records:
            layout = "{percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} " + say("records") + ", {elapsed}"
            self._bar = tqdm(total=records, bar_format=layout, file=sys.stderr, dynamic_ncols=True)

    def advance(self, records: int) -> None:
        if self._bar is not None:
            self._bar.update(records)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
