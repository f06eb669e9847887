"""Rows taken out of their sheet: they keep their looks, and hold values where there were formulas."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries

from importer.derive.error_words import is_error_word
from importer.report.package import frame
from importer.report.package.cells import place, words
from importer.report.package.frame import attributes_of
from importer.report.package.scan import Cell, Row, SheetReader, children
from importer.report.package.xml import attribute

_FORMULA: Final = re.compile(rb"<(?:[\w.-]+:)?f(?:\s[^>]*)?(?:/>|>.*?</(?:[\w.-]+:)?f>)", re.DOTALL)
_VALUE: Final = re.compile(rb"<(?:[\w.-]+:)?v(?:\s[^>]*)?>([^<]*)<")
_EMPTY: Final = re.compile(rb"<(?:[\w.-]+:)?v(?:\s[^>]*)?/?>")
_LITERAL: Final = re.compile(rb'<(?:[\w.-]+:)?formula1>("[^"<]*"|&quot;[^<]*&quot;)</')
_RANGES: Final = re.compile(rb"""\ssqref\s*=\s*["']([^"']*)["']""")
_OF_ROWS: Final = ("s", "customFormat", "ht", "customHeight")
_OF_COLUMNS: Final = ("width", "customWidth", "style", "bestFit")
_ELSEWHERE: Final = ("s", "inlineStr")
"""Types of cells whose texts are no values of theirs."""
_NOT_AVAILABLE: Final = "#N/A"


@dataclass(frozen=True, slots=True)
class Mover:
    """Writes rows of a sheet where they are to stand in another."""

    reader: SheetReader
    texts: Mapping[int, bytes]
    """What the cells of the rows share with others, by its number."""
    words: Mapping[int, Mapping[int, str]]
    """By row and column, what cells say here in place of what they hold."""

    def xml(self, row: Row, number: int) -> bytes:
        """A row with another number."""
        prefix = self.reader.prefix
        ours = self.words.get(row.number, {})
        cells = {column: self._word(word, column, number, 0) for column, word in ours.items()}
        for cell in self.reader.cells(row)[0]:
            if cell.column in ours:
                style = int(attributes_of(cell.attributes).get("s", "0"))
                cells[cell.column] = self._word(ours[cell.column], cell.column, number, style)
            else:
                cells[cell.column] = self._cell(cell, number)
        content = b"".join(cells[column] for column in sorted(cells))
        kept = _kept(attributes_of(row.attributes), _OF_ROWS)
        return b'<%srow r="%d"%s>%s</%srow>' % (prefix, number, kept, content, prefix)

    def _cell(self, cell: Cell, row: int) -> bytes:
        given = attributes_of(cell.attributes)
        kind, content = self._value(given.get("t", "n"), cell.content)
        style = f' s="{given["s"]}"' if "s" in given else ""
        head = f'r="{place(row, cell.column)}"{style} t="{kind}"'.encode()
        return b"<%sc %s>%s</%sc>" % (self.reader.prefix, head, content, self.reader.prefix)

    def _word(self, word: str, column: int, row: int, style: int) -> bytes:
        return words(row, column, word, style, self.reader.prefix.decode())

    def _value(self, kind: str, content: bytes) -> tuple[str, bytes]:
        """The kind of a cell and what is in it, without a formula, whose cells are elsewhere now."""
        found = _VALUE.search(content)
        value = found[1].strip() if found else b""
        is_empty = kind == "str" and _EMPTY.search(content)
        if kind == "s" and value:
            return "inlineStr", b"<%sis>%s</%sis>" % (self.reader.prefix, self.texts[int(value)], self.reader.prefix)
        plain = _FORMULA.sub(b"", content)
        if plain != content and not value and not is_empty and kind not in _ELSEWHERE:
            return "e", f"<v>{_NOT_AVAILABLE}</v>".encode()
        if plain != content and kind == "str" and is_error_word(text := value.decode("utf-8", "replace")):
            return "e", f"<v>{text if text in ERROR_CODES else _NOT_AVAILABLE}</v>".encode()
        return kind, plain


def shared_in(reader: SheetReader, row: Row) -> Iterator[int]:
    """The numbers of the shared texts that a row has."""
    if b'"s"' in row.content or b"'s'" in row.content:
        for cell in reader.cells(row)[0]:
            found = _VALUE.search(cell.content)
            if attributes_of(cell.attributes).get("t") == "s" and found:
                yield int(found[1])


def head(reader: SheetReader, widths: Mapping[int, float], main: str) -> bytes:
    """The beginning of a sheet for such rows: the widths of the columns, and headings that stay in sight."""
    spans = frame.spans(frame.widened(reader.head, reader.prefix, widths))
    columns = "".join(
        f'<col min="{span.first}" max="{span.last}"{_kept(span.attributes, _OF_COLUMNS).decode()}/>' for span in spans
    )
    prefix = reader.prefix.decode()
    declared = f" xmlns:{prefix.rstrip(':')}={attribute(main)}" if prefix else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns={attribute(main)}{declared}>'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
        'state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"{f'<cols>{columns}</cols>' if columns else ''}<sheetData>"
    ).encode()


def drop_downs(tail: bytes, last: int) -> bytes:
    """The drop-down lists of a sheet that hold their choices themselves, for the rows up to the last."""
    rules = next((part for part in children(tail[tail.find(b">") + 1 :]) if part.name == "dataValidations"), None)
    if rules is None:
        return b""
    inner = tail[tail.find(b">") + 1 :][rules.start : rules.end]
    found = [rule for part in children(inner, 1) if (rule := _rule(inner[part.start : part.end], last))]
    if not found:
        return b""
    return b'<dataValidations count="%d">%s</dataValidations>' % (len(found), b"".join(found))


def _rule(rule: bytes, last: int) -> bytes:
    ranges, literal = _RANGES.search(rule), _LITERAL.search(rule)
    if ranges is None or literal is None or last < 2:
        return b""
    columns = {range_boundaries(one)[0::2] for one in ranges[1].decode().split()}
    areas = (f"{get_column_letter(first or 1)}2:{get_column_letter(end or 1)}{last}" for first, end in sorted(columns))
    kept = _kept(attributes_of(rule[: rule.index(b">")]), ("type", "allowBlank", "showErrorMessage", "errorStyle"))
    formula = b"<formula1>" + literal[1] + b"</formula1>"
    return b'<dataValidation%s sqref="%s">%s</dataValidation>' % (kept, " ".join(areas).encode(), formula)


def _kept(attributes: Mapping[str, str], names: Sequence[str]) -> bytes:
    return "".join(f' {name}="{attributes[name]}"' for name in names if name in attributes).encode()
