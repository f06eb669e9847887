"""XML of a workbook's parts: read without entities and documents from elsewhere, written as Excel does."""

from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from importer.derive.escapes import for_xml
from importer.derive.safe_xml import whole

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class BadPartError(ValueError):
    """A part of the workbook is not what its place in the package says."""


def parsed(data: bytes) -> Any:
    """The root of a part. Raises `BadPartError` for one with a document type, which no workbook has."""
    root = whole(data)
    if root.getroottree().docinfo.doctype:
        raise BadPartError
    return root


def written(root: Any) -> bytes:
    """A part as bytes."""
    return _DECLARATION + bytes(etree.tostring(root, encoding="UTF-8"))


def declared(body: str) -> bytes:
    """A part that was put together as text."""
    return _DECLARATION + body.encode()


def namespace(root: Any) -> str:
    """The namespace of an element."""
    return str(etree.QName(root).namespace or "")


def local(element: Any) -> str:
    """The name of an element without its namespace; empty for comments and the like."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def child(element: Any, name: str) -> Any | None:
    """The first child of that name, in the namespace of its parent."""
    return element.find(f"{{{namespace(element)}}}{name}")


def added(element: Any, name: str, /, **attributes: str) -> Any:
    """A new last child, in the namespace of its parent."""
    return etree.SubElement(element, f"{{{namespace(element)}}}{name}", attributes)


def text(value: str) -> str:
    """Text for the content of a cell, with what XML cannot hold in Excel's own notation."""
    return escape(for_xml(value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """Text for an attribute, in quotes."""
    return quoteattr(for_xml(value), {"\r": "&#13;"})
