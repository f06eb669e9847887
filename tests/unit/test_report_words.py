"""Text made fit for consoles, cells, encodings and XML."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.escapes import for_xml
from importer.report.words import cut, encodable, one_line, own_cell, plain

STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jgone", "gone"),
        ("a\u202eb\u2066c\u200f", "abc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("caf\xe9 中 \U0001f600", "caf\xe9 中 \U0001f600"),
        ("a\x1b", "a"),
    ],
)
def test_what_steers_a_terminal_is_taken_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("begun", ["\x1b]", "\x9d", "\x1b[", "\x9b0"])
def test_what_steers_without_an_end_is_taken_out_at_once(begun: str) -> None:
    started = time.perf_counter()
    assert not STEERING.search(plain(begun * 100_000))
    assert time.perf_counter() - started < 10


@given(st.text(st.characters() | st.sampled_from("\x1b\x9b[]\\;mJ\x07"), max_size=20))
def test_nothing_that_steers_is_left(text: str) -> None:
    assert not STEERING.search(plain(text))
    assert "\n" not in one_line(text)
    for_xml(text).encode("utf-8")


@given(st.text("=+-@|\t\r\n \uff1d\x00'ab", max_size=6))
def test_a_cell_of_ours_never_begins_like_a_formula(text: str) -> None:
    assert not own_cell(text).startswith(("=", "+", "-", "@", "|", "\t", "\r", "\n", "\uff1d"))


@given(st.text(max_size=10), st.sampled_from(["ascii", "cp1252", "utf-8", "utf-16-le", "koi8_r"]))
def test_our_text_can_be_written_in_every_encoding(text: str, encoding: str) -> None:
    encodable(plain(text), encoding).encode(encoding)


def test_simpler_forms_come_before_question_marks() -> None:
    assert encodable("\u201cWeek…\u201d ⏎ 中", "ascii") == '"Week..." / ?'
    assert encodable("Week…", "cp1252") == "Week…"


def test_a_cut_shows() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("x" * 40, 20) == "x" * 13 + "… (cut)"
