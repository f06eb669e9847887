"""Two texts shortened to where they differ."""

from hypothesis import given
from hypothesis import strategies as st

from importer.derive.excerpt import excerpts

BODY = "<p>Where to find keys, Wi-Fi and coffee, and whom to ask about them on the first day.</p>"


def test_short_texts_are_shown_whole() -> None:
    assert excerpts("Keys", "") == ("Keys", "")


def test_long_texts_are_shown_from_shortly_before_they_differ() -> None:
    ours, theirs = excerpts(BODY, BODY.replace("coffee", "tea"))
    assert ours == "…eys, Wi-Fi and coffee, and whom to ask about …"
    assert theirs == "…eys, Wi-Fi and tea, and whom to ask about the…"
    assert excerpts(BODY, BODY[:50])[1] == "…ffee, and whom "


@given(st.text(min_size=50), st.text(), st.text())
def test_what_differs_is_shown_as_different(start: str, one: str, other: str) -> None:
    ours, theirs = excerpts(start + one, start + other)
    assert (ours == theirs) == (one == other)
    assert max(len(ours), len(theirs)) <= 47
