"""How far the cells of a sheet reach, whatever way they are written."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.columns import letter
from importer.load.extent import Extent, blocks, extent_of, position

STYLES = (
    '<c r="{at}"><v>1</v></c>',
    "<c r='{at}'><v>1</v></c>",
    '<c s="1" r="{at}"><v>1</v></c>',
    '<c\n\tr = "{at}" t="n"><v>1</v></c>',
    '<x:c r="{at}"><x:v>1</x:v></x:c>',
    '<c t="a>b" r="{at}"><v>1</v></c>',
)
"""Ways to write one cell."""


def sheet(*rows: str, after: str = "") -> bytes:
    return f'<worksheet><cols><col min="1"/></cols><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'.encode()


def measured(content: bytes, *, most: int = 0) -> Extent:
    """The extent, exact as nothing larger than `most` cells fits."""
    return extent_of(lambda: blocks(io.BytesIO(content)), lambda one: one.rows * one.columns <= most)


@given(
    cells=st.lists(
        st.tuples(st.integers(1, 2**21), st.integers(1, 18_000), st.sampled_from(STYLES)), min_size=1, max_size=8
    ),
    most=st.sampled_from([0, 10**6, 10**12]),
)
def test_no_cell_lies_outside(cells: list[tuple[int, int, str]], most: int) -> None:
    rows = (f'<row r="{row}">{style.format(at=f"{letter(column - 1)}{row}")}</row>' for row, column, style in cells)
    found = measured(sheet(*rows), most=most)
    reach = (max(row for row, _, _ in cells), max(column for _, column, _ in cells))
    if found.rows * found.columns > most:
        assert (found.rows, found.columns) == reach
    else:
        assert found.rows >= reach[0] and found.columns >= reach[1]


def test_cells_without_a_place_are_counted() -> None:
    content = sheet(
        '<row r="5"><c><v>1</v></c><c r="D5"><v>1</v></c><c t="b"><v>1</v></c></row><row><c><v>1</v></c></row>'
    )
    assert measured(content) == Extent(rows=6, columns=5)


@pytest.mark.parametrize("empty", ['<c r="XFD1048576" s="3"/>', '<c r="XFD1048576"/>'])
def test_cells_that_are_only_formatted_do_not_count(empty: str) -> None:
    content = sheet(f'<row r="1"><c r="B1"><v>1</v></c></row><row r="1048576">{empty}</row>')
    assert measured(content, most=100) == Extent(rows=1, columns=2)


def test_a_sheet_in_utf_16_is_measured_too() -> None:
    assert measured(sheet('<row r="7"><c r="AB7"><v>1</v></c></row>').decode().encode("utf-16")) == Extent(
        rows=7, columns=28
    )


def test_merged_cells_and_links_span_what_they_say() -> None:
    after = (
        '<mergeCells><mergeCell ref="A1:B2"/></mergeCells><hyperlinks><hyperlink id="x" ref="$C$9:$A$8"/></hyperlinks>'
    )
    assert measured(sheet(after=after)).spanned == 4 + 6


@given(st.lists(st.sampled_from(["<a>", "</a>", 'text "of" it', "<b c='d'/>"])), st.integers(1, 30))
def test_blocks_are_the_whole_text_and_cut_no_tag(parts: list[str], size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return super().read(size)

    found = list(blocks(Slow("".join(parts).encode())))
    assert b"".join(found).decode() == "".join(parts)
    assert all(block.count(b"<") == block.count(b">") for block in found)


def test_a_tag_without_an_end_is_damage() -> None:
    with pytest.raises(ValueError, match="without an end"):
        list(blocks(io.BytesIO(b"<c " + b" " * 2**23)))


@given(st.integers(0, 20_000))
def test_letters_and_positions_agree(at: int) -> None:
    assert position(letter(at).encode()) == at + 1
