"""Texts as the XML of a workbook stores them."""

import re
from typing import Final

_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NEVER_IN_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def for_xml(text: str) -> str:
    """The text as a workbook stores it: control characters in Excel's own notation (`_x0001_`)."""
    escaped = _LOOKS_ESCAPED.sub("_x005F_", text)
    if escaped.isprintable():
        return escaped
    escaped = _NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", escaped)
    return _NEVER_IN_XML.sub("\ufffd", escaped)
