"""A workbook as a package of parts: the report changes few of them and copies all others byte for byte."""

from importer.report.package.annotate import annotated
from importer.report.package.errors import left_to_correct

__all__ = ["annotated", "left_to_correct"]
