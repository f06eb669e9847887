"""What a person at a terminal sees of an outline: the tree, and where its drawing is."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from importer import pipeline
from importer.cli.shell import guarded, service_for, tell
from importer.errors import SettingError
from importer.languages import say
from importer.outline import Outline, tree
from importer.picture import draw, ensure_drawable
from importer.report.words import one_line
from importer.settings import Settings


def outline(files: Sequence[str], options: Mapping[str, Any]) -> int:
    """Print what files or a course hold, and draw it where wanted; the exit code."""
    path = Path(options["output"]) if "output" in options else None

    def perform(settings: Settings) -> int:
        if path is not None:
            ensure_drawable(path, overwrite=settings.force)
        found = _outline(files, settings)
        if not settings.quiet:
            tell(tree(found), sys.stdout)
        if path is not None:
            draw(found, path, settings.lang, overwrite=settings.force)
            if not settings.quiet:
                tell(say("The calendar is in {path}.", path=one_line(str(path))))
        return 0

    return guarded(perform, {name: value for name, value in options.items() if name != "output"})


def _outline(files: Sequence[str], settings: Settings) -> Outline:
    if files:
        return pipeline.outline(files, settings)
    if settings.course_id is None:
        message = "Nothing was named to show: give the spreadsheet, or the course, such as --course-id 101."
        raise SettingError(message)
    with service_for(settings) as with_service:
        return pipeline.outline_of_course(settings.course_id, with_service)
