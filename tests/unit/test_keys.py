from hypothesis import given
from hypothesis import strategies as st

from importer.derive.keys import folded


def test_white_space_is_folded_and_case_kept() -> None:
    assert folded("  Week\u00a01 \t Desks ") == "Week 1 Desks"


def test_accents_are_composed() -> None:
    assert folded("Cafe\u0301") == "Caf\u00e9"


def test_what_nobody_sees_does_not_tell_titles_apart() -> None:
    assert folded("\u200bCafe\u00ad\u0301\u200e \u2060 bar\ufeff") == "Caf\u00e9 bar"


def test_case_tells_titles_apart() -> None:
    assert folded("Desk") != folded("desk")


@given(st.text())
def test_folding_twice_is_folding_once(title: str) -> None:
    assert folded(folded(title)) == folded(title)
