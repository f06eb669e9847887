"""The part that lists the sheets of a workbook, and our own sheet put before them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from importer.entities import SUMMARY_SHEET
from importer.report.package.cells import quoted
from importer.report.package.parts import Package
from importer.report.package.xml import BadPartError, added, child, local, namespace, parsed, written

_STRICT: Final = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_RELATIONS: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES: Final = "xl/styles.xml"
_NAME: Final = "_importer.summary"
"""A hidden name that leads to our sheet, so that the next report finds it even if it was called otherwise."""
_LEADS_TO: Final = re.compile(r"'((?:[^']|'')*)'!|([^'!]+)!")
_BEFORE_NAMES: Final = frozenset(
    {
        "fileVersion",
        "fileSharing",
        "workbookPr",
        "AlternateContent",
        "workbookProtection",
        "bookViews",
        "sheets",
        "functionGroups",
        "externalReferences",
    }
)
"""The elements of a workbook that come before its names."""


class BookPart:
    """The workbook's own part, found through the package's relationships."""

    def __init__(self, package: Package) -> None:
        part = package.relations("").target("officeDocument")
        if part is None:
            raise BadPartError
        self.part = part
        self._package = package
        self._root = parsed(package.read(part))
        self.main = namespace(self._root)
        self.relations = _STRICT_RELATIONS if self.main == _STRICT else _RELATIONS
        self._links = package.relations(part)

    @property
    def sheets(self) -> Mapping[str, str]:
        """The part of each sheet, by the sheet's name."""
        parts = {
            name: part
            for kind in ("worksheet", "chartsheet", "dialogsheet", "xlMacrosheet")
            for name, part in self._links.targets(kind)
        }
        ids = {node.get("name", ""): node.get(f"{{{self.relations}}}id", "") for node in self._nodes()}
        return {name: parts[id] for name, id in ids.items() if id in parts}

    @property
    def counts_from_1904(self) -> bool:
        """Whether its dates are counted from 1904, as old Macs did."""
        settings = child(self._root, "workbookPr")
        return settings is not None and settings.get("date1904") in ("1", "true")

    def target(self, kind: str) -> str | None:
        """The workbook's part of a kind, such as its styles."""
        return self._links.target(kind)

    def kind(self, name: str) -> str:
        """The type of a relationship, in the words of this kind of package."""
        return f"{self.relations}/{name}"

    def new_styles(self) -> str:
        """A part for styles in a workbook that has none; some programs look for them under one name only."""
        part = _STYLES if not self._package.has(_STYLES) else self._package.free("xl/styles{}.xml")
        self._links.add(self.kind("styles"), part)
        return part

    def summary(self) -> tuple[str, str] | None:
        """Name and part of the sheet that an earlier report put in."""
        for node in self._names():
            found = _LEADS_TO.match(node.text or "") if node.get("name") == _NAME else None
            if found is not None:
                name = (found[1] or found[2]).replace("''", "'")
                if name in self.sheets:
                    return name, self.sheets[name]
        return None

    def put_first(self) -> tuple[str, bool]:
        """Make our sheet the first and the one that is shown: its part, and whether it is a new one."""
        before = self.summary()
        nodes = list(self._nodes())
        sheets = nodes[0].getparent()
        if before is None:
            part = self._package.free("xl/worksheets/importSummary{}.xml")
            node = added(sheets, "sheet", name=self._free_name(), sheetId=str(_next_id(nodes)))
            node.set(f"{{{self.relations}}}id", self._links.add(self.kind("worksheet"), part))
            at = len(nodes)
        else:
            part = before[1]
            at, node = next((at, node) for at, node in enumerate(nodes) if node.get("name") == before[0])
        node.attrib.pop("state", None)
        sheets.insert(0, node)
        self._move(at)
        self._name(node.get("name"))
        return part, before is None

    def xml(self) -> bytes:
        """The part."""
        return written(self._root)

    def links(self) -> bytes:
        """Its relationships."""
        return self._links.xml()

    def _nodes(self) -> Iterator[Any]:
        sheets = child(self._root, "sheets")
        if sheets is None:
            raise BadPartError
        return (node for node in sheets if local(node) == "sheet")

    def _names(self) -> Iterator[Any]:
        names = child(self._root, "definedNames")
        return iter(()) if names is None else (node for node in names if local(node) == "definedName")

    def _free_name(self) -> str:
        taken = {node.get("name", "").casefold() for node in self._nodes()}
        names = (SUMMARY_SHEET, *(f"{SUMMARY_SHEET} ({number})" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name.casefold() not in taken)

    def _move(self, at: int) -> None:
        """Let what goes by the position of a sheet follow, now that the one `at` a position is the first."""
        for node in self._names():
            given = node.get("localSheetId")
            if given is not None and int(given) <= at:
                node.set("localSheetId", "0" if int(given) == at else str(int(given) + 1))
        views = child(self._root, "bookViews")
        for view in () if views is None else views:
            for name in ("activeTab", "firstSheet"):
                view.attrib.pop(name, None)

    def _name(self, sheet: str) -> None:
        for node in list(self._names()):
            if node.get("name") == _NAME:
                node.getparent().remove(node)
        names = child(self._root, "definedNames")
        if names is None:
            names = added(self._root, "definedNames")
            self._root.insert(sum(local(node) in _BEFORE_NAMES for node in self._root), names)
        added(names, "definedName", name=_NAME, hidden="1").text = f"{quoted(sheet)}!$A$1"


def _next_id(nodes: list[Any]) -> int:
    return max(int(node.get("sheetId", "0")) for node in nodes) + 1
