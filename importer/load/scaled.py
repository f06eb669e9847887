"""Number formats that show another number than the cell holds: percentages, and thousands left out."""

import re
import zipfile
from collections.abc import Mapping
from typing import Final

from defusedxml import ElementTree
from openpyxl.styles.numbers import BUILTIN_FORMATS

from importer.load.cells import cleaned
from importer.model import ScaledCell

_STYLES: Final = "xl/styles.xml"
_TEXT: Final = re.compile(r'"[^"]*"?|[\\_*].|\[[^\]]*\]', re.DOTALL)
"""What a number format shows as it stands, and its colours and conditions."""
_THOUSANDS: Final = re.compile(r"(?<=[0#?]),+(?![0#?,])")
_DECIMALS: Final = re.compile(r"\.([0#?]*)")
_GROUPED: Final = re.compile(r"[0#?],[0#?]")
_NEVER: Final = re.compile(r"[dyhs]", re.IGNORECASE)
"""Of dates and times, in which a comma is a comma."""


def scaling_styles(archive: zipfile.ZipFile) -> Mapping[int, str]:
    """The number formats that scale, by the number of the cell style that has each; a workbook has them rarely."""
    part = next((name for name in archive.namelist() if name.lower() == _STYLES), None)
    if part is None:
        return {}
    root = ElementTree.fromstring(archive.read(part))
    forms: dict[int, str] = dict(BUILTIN_FORMATS)
    for node in root.iterfind("{*}numFmts/{*}numFmt"):
        forms[int(node.get("numFmtId", "0"))] = node.get("formatCode", "")
    used = [forms.get(int(node.get("numFmtId", "0")), "") for node in root.iterfind("{*}cellXfs/{*}xf")]
    return {style: form for style, form in enumerate(used) if scales(form)}


def scales(form: str) -> bool:
    """Whether a number format shows another number than a cell holds."""
    return any(map(_scales, _sections(form)))


def scaled(number: float, form: str) -> ScaledCell | None:
    """What a cell shows of its number under a number format; None where it shows the number that it holds."""
    section = _section_for(number, form)
    percents = section.count("%")
    commas = sum(map(len, _THOUSANDS.findall(section)))
    amount = number * 100**percents / 1000**commas
    held = cleaned(number)
    if not isinstance(held, int | float) or not (percents or (commas and amount != number)):
        return None
    fraction = _DECIMALS.search(section)
    grouping = "," if _GROUPED.search(section) else ""
    shown = f"{amount:{grouping}.{len(fraction[1]) if fraction else 0}f}"
    return ScaledCell(number=held, text=shown + "%" * percents, form=form)


def _sections(form: str) -> list[str]:
    """The parts of a number format, for positive and negative numbers and so on, without texts of their own."""
    return _TEXT.sub("", form).split(";")


def _section_for(number: float, form: str) -> str:
    sections = _sections(form)
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def _scales(section: str) -> bool:
    return "%" in section or (_THOUSANDS.search(section) is not None and _NEVER.search(section) is None)
