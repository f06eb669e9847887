"""What the bytes of a sheet show at a glance: whether cells or rows of it need a closer look."""

import re
from dataclasses import dataclass
from typing import Final

# Searched for one after the other, each beginning with bytes of its own: an alternative would take many times as long.
_CELLS: Final = tuple(map(re.compile, (rb"<f[\s/>]", rb":f[\s/>]", rb'"e"', rb"'e'")))
_QUOTED: Final = b"<![CDATA["
_PROLOG: Final = 200
_ENCODED: Final = re.compile(rb"""<\?xml\s[^>]*\bencoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
"""XML that says to be in another encoding than nearly all is."""
_ROWS: Final = re.compile(rb"hidden\s*=")


@dataclass(slots=True)
class Signs:
    """Gathered while a sheet goes by in blocks that no tag is cut by."""

    cells: bool = False
    """Formulas or errors may be among its cells."""
    rows: bool = False
    """Rows of it may be hidden."""
    odd: bool = False
    """It is written in a way that the fast reader reads as nothing: texts quoted as XML can, another encoding."""

    def look(self, block: bytes) -> None:
        """Take in a block."""
        self.cells = self.cells or any(mark.search(block) for mark in _CELLS)
        self.odd = self.odd or _QUOTED in block or _ENCODED.search(block, 0, _PROLOG) is not None
        self.rows = self.rows or _ROWS.search(block) is not None
