"""The first sheet of a report: what became of the rows, and what is wrong, with links to the cells."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from importer.derive.outcomes import MEANINGS
from importer.languages import say
from importer.model import Book, Outcome
from importer.problems import Place, Problem, counted
from importer.problems import quoted as in_quotes
from importer.report import marks
from importer.report.causes import Group, grouped
from importer.report.package.cells import blank, number, place, quoted, words
from importer.report.package.styles import Change, Font, Styles
from importer.report.package.xml import attribute, declared
from importer.report.remarks import Remarks
from importer.report.words import plain

_SIGNED: Final = (
    "The workbook was signed. A signature vouches for the file as it was, so this copy with its remarks has none."
)
_LINKS: Final = 6
"""Cells that each cause links to."""
_CAUSES: Final = 200
"""Causes that are shown; the rows have them all."""
_WIDTHS: Final = (13.0, 8.0, 72.0, 27.0, *(7.0,) * _LINKS, 13.0)
_MESSAGE: Final = 2
_WHERE: Final = 3
_DARK: Final = "FF44546A"
_WHITE: Final = "FFFFFFFF"
_BLUE: Final = "FF0563C1"
_GREY: Final = "FF7F7F7F"


@dataclass(frozen=True, slots=True)
class _Looks:
    """The numbers of the styles that the sheet uses."""

    title: int
    head: int
    text: int
    count: int
    quiet: int
    link: int
    bold: int
    total: int
    words: Mapping[str, int]


@dataclass(slots=True)
class _Page:
    """The sheet as it grows."""

    looks: _Looks
    rows: list[bytes] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def row(self, cells: Sequence[bytes], height: float | None = None) -> None:
        """Add a row."""
        at = len(self.rows) + 1
        given = "" if height is None else f' ht="{height:g}" customHeight="1"'
        self.rows.append(f'<row r="{at}"{given}>'.encode() + b"".join(cells) + b"</row>")

    @property
    def next(self) -> int:
        """The number of the row that comes next."""
        return len(self.rows) + 1

    def link(self, column: int, sheet: str, cell: str) -> bytes:
        """A cell that leads to another."""
        target = attribute(f"{quoted(sheet)}!{cell}")
        self.links.append(f'<hyperlink ref="{place(self.next, column)}" location={target} display={attribute(cell)}/>')
        return words(self.next, column, cell, self.looks.link)


def summary(book: Book, remarks: Mapping[Place, Remarks], styles: Styles, main: str, *, signed: bool) -> bytes:
    """The sheet as a part of the workbook."""
    page = _Page(_looks(styles))
    _counts(page, book, remarks, signed=signed)
    _problems(page, _found(book, remarks), {sheet.place: sheet.header_row for sheet in book.sheets})
    return _sheet(page, main)


def _looks(styles: Styles) -> _Looks:
    def look(**change: Any) -> int:
        return styles.like(0, Change(**change))

    return _Looks(
        title=look(font=Font(size=16, bold=True, colour=_DARK)),
        head=look(fill=_DARK, font=Font(bold=True, colour=_WHITE)),
        text=look(wrap=True, ruled=True),
        count=look(wrap=True, ruled=True, centred=True),
        quiet=look(font=Font(colour=_GREY)),
        link=look(wrap=True, ruled=True, font=Font(colour=_BLUE, underlined=True)),
        bold=look(font=Font(bold=True)),
        total=look(font=Font(bold=True), centred=True),
        words={colour: look(fill=colour, wrap=True, ruled=True) for colour in set(marks.COLOURS.values())},
    )


def _counts(page: _Page, book: Book, remarks: Mapping[Place, Remarks], *, signed: bool) -> None:
    counts = Counter(remark.outcome for of_sheet in remarks.values() for remark in of_sheet.values())
    looks = page.looks
    page.row([words(1, 1, say("Import summary"), looks.title)], 24)
    places = dict.fromkeys(sheet.place for sheet in book.sheets)
    sheets = ", ".join(f"{place.sheet} ({counted(len(remarks.get(place, {})), 'row')})" for place in places)
    page.row([words(2, 1, plain(f"{book.path.name}: {sheets}"), looks.quiet)])
    if signed:
        page.row([words(3, 1, say(_SIGNED), looks.quiet)])
    page.row([])
    page.row(_head(page, (say("Outcome"), say("Rows"), say("What it means"))), 18)
    for outcome in Outcome:
        if counts[outcome]:
            at = page.next
            page.row(
                [
                    words(at, 1, outcome.value, looks.words[marks.COLOURS[outcome]]),
                    number(at, 2, counts[outcome], looks.count),
                    words(at, 3, say(MEANINGS[outcome]), looks.text),
                ]
            )
    page.row([words(page.next, 1, say("all"), looks.bold), number(page.next, 2, counts.total(), looks.total)])
    page.row([])


def _head(page: _Page, headings: Sequence[str]) -> list[bytes]:
    at, style = page.next, page.looks.head
    return [
        words(at, column, heading, style) if heading else blank(at, column, style)
        for column, heading in enumerate(headings, start=1)
    ]


def _found(book: Book, remarks: Mapping[Place, Remarks]) -> list[Group]:
    of_rows = (problem for of_sheet in remarks.values() for remark in of_sheet.values() for problem in remark.problems)
    groups = grouped((*book.problems, *of_rows))
    return sorted(groups, key=lambda group: not group.first.is_error)


def _problems(page: _Page, groups: Sequence[Group], header_rows: Mapping[Place, int]) -> None:
    if not groups:
        page.row([words(page.next, 1, say("Nothing is wrong in any row."), page.looks.bold)])
        return
    what = say("What is wrong, for example, and what to do")
    headings = (say("Kind"), say("Rows"), what, say("Where"), say("Go to"))
    page.row(_head(page, (*headings, *("",) * _LINKS)), 18)
    for group in groups[:_CAUSES]:
        _cause(page, group, header_rows)
    left = len(groups) - _CAUSES
    if left > 0:
        more = say("and {causes}: the rows themselves have them all", causes=counted(left, "further cause"))
        page.row([words(page.next, 3, more, page.looks.quiet)])


def _cause(page: _Page, group: Group, header_rows: Mapping[Place, int]) -> None:
    problem, at = group.first, page.next
    colour, kind = (marks.RED, say("error")) if problem.is_error else (marks.YELLOW, say("warning"))
    message, where = marks.capitalised(plain(problem.finding)), _where(problem)
    cells = [
        words(at, 1, kind, page.looks.words[colour]),
        number(at, 2, len(group.rows), page.looks.count) if group.rows else blank(at, 2, page.looks.text),
        words(at, 3, message, page.looks.text),
        words(at, 4, where, page.looks.text),
        *_links(page, group, header_rows),
    ]
    lengths = ((message, _WIDTHS[_MESSAGE]), (where, _WIDTHS[_WHERE]))
    page.row(cells, max(marks.height(text, width) for text, width in lengths))


def _where(problem: Problem) -> str:
    sheet, column = problem.place and problem.place.sheet, problem.column
    letter = column and column.letter and say("column {letter}", letter=column.letter)
    place = ", ".join(part for part in (sheet, letter) if part)
    return plain(" ".join(part for part in (place, column and in_quotes(column.heading)) if part))


def _links(page: _Page, group: Group, header_rows: Mapping[Place, int]) -> Iterator[bytes]:
    """Links to the first cells concerned; to the heading where it is about a column."""
    place, column = group.first.place, group.first.column
    letter = column.letter if column is not None and column.letter is not None else "A"
    sheet = None if place is None or place not in header_rows else place.sheet
    rows = [] if sheet is None or place is None else group.rows or [header_rows[place]]
    for at in range(_LINKS):
        position = _WHERE + 2 + at
        if sheet is not None and at < len(rows):
            yield page.link(position, sheet, f"{letter}{rows[at]}")
        else:
            yield blank(page.next, position, page.looks.text)
    left = len(rows) - _LINKS
    if left > 0:
        yield words(page.next, _WHERE + 2 + _LINKS, say("and {left:,} more", left=left), page.looks.quiet)


def _sheet(page: _Page, main: str) -> bytes:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width:g}" customWidth="1"/>' for at, width in enumerate(_WIDTHS, start=1)
    )
    links = f"<hyperlinks>{''.join(page.links)}</hyperlinks>" if page.links else ""
    return declared(
        f'<worksheet xmlns="{main}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols>'
        f"<sheetData>{b''.join(page.rows).decode()}</sheetData>{links}"
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )
