"""Report: rows and problems become annotated spreadsheets, errors files, a JSON document and a summary."""

from importer.report.console import outlook, summary
from importer.report.json_document import document
from importer.report.of_plan import planned
from importer.report.plain import write_plain
from importer.report.targets import Places, Target, ensure_writable, places
from importer.report.times import duration
from importer.report.writing import Written, write

__all__ = [
    "Places",
    "Target",
    "Written",
    "document",
    "duration",
    "ensure_writable",
    "outlook",
    "places",
    "planned",
    "summary",
    "write",
    "write_plain",
]
