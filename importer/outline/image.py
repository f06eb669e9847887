"""An outline as a file: which kind is told by the ending of its name."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from importer.derive.words import either
from importer.errors import DrawingError
from importer.outline.drawing import Drawing, calendar
from importer.outline.model import Outline
from importer.outline.page import html
from importer.outline.svg import picture, text

_FINE: Final = 2.0
"""Pixels for each of the drawing, so that it is sharp on any screen."""
_COARSE: Final = 0.8
"""Pixels for each of the drawing below which nobody can read it."""
_MOST: Final = 30_000_000
"""Pixels in all, which take 120 MB while they are drawn."""


def drawn(outline: Outline, path: Path) -> bytes:
    """The content of a file of that name. Raises `DrawingError` where no such file can be made."""
    ensure_known_kind(path)
    if not outline.courses:
        raise DrawingError(path, "there is nothing to draw")
    return _KINDS[path.suffix.lower()](outline, path)


def ensure_known_kind(path: Path) -> None:
    """Raises `DrawingError` where the name of a file says none of the kinds that can be drawn."""
    if path.suffix.lower() not in _KINDS:
        raise DrawingError(path, f"its name has to end in {either(tuple(_KINDS))}")


def _png(outline: Outline, path: Path) -> bytes:
    try:
        # An extra, which most who import have no need of.
        from resvg_py import svg_to_bytes
    except ImportError:
        raise DrawingError(
            path,
            "PNG needs the package resvg-py (pip install resvg-py, or pipx inject nexudus-course-importer resvg-py); "
            ".svg and .html need nothing more",
        ) from None
    drawing = calendar(outline)
    fine = fineness(drawing)
    if fine < _COARSE:
        raise DrawingError(path, "it is too large for a PNG; choose .svg or .html")
    if _is_blank(svg_to_bytes):
        raise DrawingError(path, "this machine has no font that PNG could be written with; choose .svg or .html")
    return bytes(svg_to_bytes(svg_string=drawing.svg, zoom=fine, background="#ffffff"))


def fineness(drawing: Drawing) -> float:
    """Pixels for each of the drawing: fewer where it is large."""
    return min(_FINE, math.sqrt(_MOST / (drawing.width * drawing.height)))


def _is_blank(render: Callable[..., bytes]) -> bool:
    """Whether words leave no trace in a picture."""
    nothing, word = picture(10, 10, (), label=""), picture(10, 10, (text(0, 10, "A"),), label="")
    return render(svg_string=nothing) == render(svg_string=word)


_KINDS: Final[dict[str, Callable[[Outline, Path], bytes]]] = {
    ".html": lambda outline, _: html(outline).encode(),
    ".svg": lambda outline, _: calendar(outline).svg.encode(),
    ".png": _png,
}
