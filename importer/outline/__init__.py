"""The outline of courses: one model, two sources (the rows of an import, the lists of the service), and drawings."""

from importer.outline.early import early_lessons
from importer.outline.held import outline_of_directory
from importer.outline.image import drawn, ensure_known_kind
from importer.outline.model import Outline
from importer.outline.tables import outline_of_tables
from importer.outline.tree import tree

__all__ = [
    "Outline",
    "drawn",
    "early_lessons",
    "ensure_known_kind",
    "outline_of_directory",
    "outline_of_tables",
    "tree",
]
