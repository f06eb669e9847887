"""A workbook as a package of parts: the report changes few of them and copies all others byte for byte."""

from importer.report.package.annotate import annotated

__all__ = ["annotated"]
