"""What is proposed to be typed."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.prompt import typed


@given(st.text(st.characters(exclude_characters="\0"), min_size=1))
def test_a_word_stays_one_word_that_means_itself(word: str) -> None:
    assert shlex.split(typed(word, on_windows=False)) == [word]


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (r"C:\courses\outline.xlsx", r"C:\courses\outline.xlsx"),
        ("año.csv", "año.csv"),
        ("my outline.xlsx", '"my outline.xlsx"'),
        ("a&calc.csv", '"a&calc.csv"'),
    ],
)
def test_windows_has_quotes_of_its_own(word: str, shown: str) -> None:
    assert typed(word, on_windows=True) == shown
