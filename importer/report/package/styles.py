"""The styles of a workbook, and further ones like them but for a fill, a font or line breaks."""

from copy import deepcopy
from typing import Any, Final, NamedTuple

from importer.report.package.xml import BadPartError, added, child, local, parsed, written

_EMPTY: Final = (
    '<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)


class Font(NamedTuple):
    """A font of ours."""

    size: int = 11
    bold: bool = False
    colour: str = "FF000000"
    underlined: bool = False


class Styles:
    """Gives the number of a style; each is added once."""

    def __init__(self, data: bytes | None, main: str) -> None:
        self._root = parsed(data or _EMPTY.format(main).encode())
        formats = child(self._root, "cellXfs")
        if formats is None or not len(formats):
            raise BadPartError
        self._formats = formats
        self._known: dict[tuple[int, str | None, bool, Font | None], int] = {}
        self._fills: dict[str, str] = {}
        self._fonts: dict[Font, str] = {}
        self._seen: dict[int, tuple[str, bool]] = {}

    def like(self, base: int, *, fill: str | None = None, wrap: bool = False, font: Font | None = None) -> int:
        """A style like another: with a fill (empty for none), with all lines of a text shown, with a font."""
        key = (base, fill, wrap, font)
        if key not in self._known:
            self._known[key] = self._added(*key)
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

    def _added(self, base: int, fill: str | None, wrap: bool, font: Font | None) -> int:
        one = deepcopy(self._formats[base if base < len(self._formats) else 0])
        if fill is not None:
            one.set("fillId", self._new_fill(fill) if fill else "0")
            one.set("applyFill", "1")
        if font is not None:
            one.set("fontId", self._new_font(font))
            one.set("applyFont", "1")
        if wrap:
            _wrap(one)
        return int(_appended(self._formats, one))

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

    def _list(self, name: str) -> Any:
        found = child(self._root, name)
        if found is None:
            raise BadPartError
        return found


def _wrap(one: Any) -> None:
    alignment = child(one, "alignment")
    if alignment is None:
        alignment = added(one, "alignment")
        one.insert(0, alignment)
    alignment.set("wrapText", "1")
    alignment.set("vertical", "top")
    one.set("applyAlignment", "1")


def _appended(items: Any, item: Any) -> str:
    items.append(item)
    return _counted(items)


def _counted(items: Any) -> str:
    """Say how many there are now, and give the number of the last."""
    count = sum(1 for item in items if local(item))
    items.set("count", str(count))
    return str(count - 1)
