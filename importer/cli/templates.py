"""What a person at a terminal sees of a template: where it is, and with what it begins."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cli.shell import guarded, service_for, tell
from importer.derive.prompt import typed
from importer.derive.template import write_template
from importer.entities import COURSE
from importer.errors import TemplateError
from importer.languages import say
from importer.problems import counted
from importer.report.words import one_line
from importer.settings import Settings

if TYPE_CHECKING:
    from importer.live import Begun


def template(kind: str, path: Path, course_id: str | None, *, whole: bool, force: bool, sandbox: bool) -> int:
    """Write a template, empty or with what a course has, and say so; the exit code."""

    def perform(settings: Settings) -> int:
        if course_id is None and not whole:
            write_template(kind, path, overwrite=settings.force)
            shown, name = one_line(str(path)), typed(one_line(str(path)))
            lines = iter([say("{path} is ready to be filled in. Then: importer check {typed}", path=shown, typed=name)])
        else:
            lines = _begin(kind, path, settings, whole=whole)
        tell("\n".join(lines), sys.stdout)
        return 0

    return guarded(perform, {"sandbox": sandbox or None, "course_id": course_id, "force": force or None})


def _begin(kind: str, path: Path, settings: Settings, *, whole: bool) -> Iterator[str]:
    # What reads spreadsheets, which an empty template can do without.
    from importer import pipeline

    course = settings.course_id
    if course is None:
        message = "--with-content needs the course, such as --course-id 101"
        raise TemplateError(path, message)
    if kind != COURSE.singular or path.suffix.lower() != ".xlsx":
        message = "the sections of a course can only be offered in the template course, as a workbook (.xlsx)"
        raise TemplateError(path, message)
    with service_for(settings) as with_service:
        begun = pipeline.template(path, course, with_service, whole=whole, overwrite=settings.force)
    return _begun(path, course, begun)


def _begun(path: Path, course: int, begun: "Begun") -> Iterator[str]:
    sections = counted(begun.sections, "section")
    yield say("{path} offers {sections} of course {course}.", path=path, sections=sections, course=course)
    if begun.rows:
        yield say(
            "It begins with {rows} that are there; importing them again sends nothing.", rows=counted(begun.rows, "row")
        )
    if begun.left_out:
        rows = counted(begun.left_out, "record")
        yield say("Left out: {rows} with a title that is there twice, or a text that no cell holds.", rows=rows)
    yield say("Then: importer check {typed} --course-id {course}", typed=typed(str(path)), course=course)
