"""The styles of a workbook, and further ones like them but for a fill, a font or line breaks."""

from copy import deepcopy
from typing import Any, Final, NamedTuple

from importer.report.package.xml import BadPartError, added, child, local, parsed, written

_EMPTY: Final = (
    '<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

_LINE: Final = "FFD9D9D9"


class Font(NamedTuple):
    """A font of ours."""

    size: int = 11
    bold: bool = False
    colour: str = "FF000000"
    underlined: bool = False


class Change(NamedTuple):
    """What a style has otherwise than the one that it is like."""

    fill: str | None = None
    """A colour; empty for no fill."""
    wrap: bool = False
    """Whether all lines of a text are shown, from the top on."""
    font: Font | None = None
    centred: bool = False
    ruled: bool = False
    """Whether there is a thin line under the cell."""


class Styles:
    """Gives the number of a style; each is added once."""

    def __init__(self, data: bytes | None, main: str) -> None:
        self._root = parsed(data or _EMPTY.format(main).encode())
        formats = child(self._root, "cellXfs")
        if formats is None or not len(formats):
            raise BadPartError
        self._formats = formats
        self._known: dict[tuple[int, Change], int] = {}
        self._fills: dict[str, str] = {}
        self._fonts: dict[Font, str] = {}
        self._rule: str | None = None
        self._seen: dict[int, tuple[str, bool]] = {}

    def like(self, base: int, change: Change) -> int:
        """A style like another, but for a change."""
        key = (base, change)
        if key not in self._known:
            self._known[key] = self._added(base, change)
        return self._known[key]

    def fill(self, number: int) -> tuple[str, bool]:
        """The colour of a style, empty for none, and whether it is one of ours, which say their colour twice."""
        if number not in self._seen:
            self._seen[number] = self._fill_of(number)
        return self._seen[number]

    def has_look(self, number: int) -> bool:
        """Whether it is another style than the one of cells that nobody formatted."""
        return 0 < number < len(self._formats)

    def xml(self) -> bytes:
        """The part that holds them."""
        return written(self._root)

    def _fill_of(self, number: int) -> tuple[str, bool]:
        fills = child(self._root, "fills")
        if fills is None or number >= len(self._formats):
            return "", False
        at = int(self._formats[number].get("fillId", "0"))
        pattern = child(fills[at], "patternFill") if at < len(fills) else None
        if pattern is None or pattern.get("patternType") != "solid":
            return "", False
        colours = [child(pattern, name) for name in ("fgColor", "bgColor")]
        first, second = ("" if node is None else node.get("rgb", "") for node in colours)
        return first, first == second

    def _added(self, base: int, change: Change) -> int:
        one = deepcopy(self._formats[base if base < len(self._formats) else 0])
        if change.fill is not None:
            one.set("fillId", self._new_fill(change.fill) if change.fill else "0")
            one.set("applyFill", "1")
        if change.font is not None:
            one.set("fontId", self._new_font(change.font))
            one.set("applyFont", "1")
        if change.ruled:
            one.set("borderId", self._new_rule())
            one.set("applyBorder", "1")
        _align(one, change)
        self._formats.append(one)
        return int(_counted(self._formats))

    def _new_fill(self, colour: str) -> str:
        if colour not in self._fills:
            fills = self._list("fills")
            fill = added(fills, "fill")
            pattern = added(fill, "patternFill", patternType="solid")
            added(pattern, "fgColor", rgb=colour)
            added(pattern, "bgColor", rgb=colour)
            self._fills[colour] = _counted(fills)
        return self._fills[colour]

    def _new_font(self, font: Font) -> str:
        if font not in self._fonts:
            fonts = self._list("fonts")
            node = added(fonts, "font")
            if font.bold:
                added(node, "b")
            if font.underlined:
                added(node, "u")
            added(node, "sz", val=str(font.size))
            added(node, "color", rgb=font.colour)
            added(node, "name", val="Calibri")
            self._fonts[font] = _counted(fonts)
        return self._fonts[font]

    def _new_rule(self) -> str:
        if self._rule is None:
            borders = self._list("borders")
            border = added(borders, "border")
            added(added(border, "bottom", style="thin"), "color", rgb=_LINE)
            self._rule = _counted(borders)
        return self._rule

    def _list(self, name: str) -> Any:
        found = child(self._root, name)
        if found is None:
            raise BadPartError
        return found


def _align(one: Any, change: Change) -> None:
    if not change.wrap and not change.centred:
        return
    alignment = child(one, "alignment")
    if alignment is None:
        alignment = added(one, "alignment")
        one.insert(0, alignment)
    if change.wrap:
        alignment.set("wrapText", "1")
        alignment.set("vertical", "top")
    if change.centred:
        alignment.set("horizontal", "center")
    one.set("applyAlignment", "1")


def _counted(items: Any) -> str:
    """Say how many there are now, and give the number of the last."""
    count = sum(1 for item in items if local(item))
    items.set("count", str(count))
    return str(count - 1)
