"""A mapping file: what it can say, and what is said of one that cannot be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.lookalikes import folded_word
from importer.derive.mapping import read_mapping
from importer.entities import LESSON, SECTION
from importer.errors import MappingError

GOOD = b"""\xef\xbb\xbf
[lessons.columns]
"Week *" = "Section title"\r
"Notes" = ""

[Lessons.values.Unlock]
"drip" = "timed"
Now = 1

[sections.values.active]
published = true
"""


def refused(text: str | bytes) -> str:
    with pytest.raises(MappingError) as error:
        read_mapping(text.encode() if isinstance(text, str) else text, "m.toml")
    return error.value.message.removeprefix("The mapping m.toml cannot be used: ")


def test_headings_and_words_by_kind() -> None:
    mapped = read_mapping(GOOD.replace(b"[Lessons", b"[lessons"), "m.toml")
    assert mapped.columns == {"lessons": {"week": "Section", "notes": ""}}
    assert mapped.words(LESSON) == {"UnlockType": {"drip": "timed", "now": 1}}
    assert mapped.words(SECTION) == {"Active": {"published": True}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[lessons.columns]\n"a" = "Title"\nb = Title\n',
            'line 3 cannot be read (invalid value); expected "Their heading" = "Title" under [lessons.columns].',
        ),
        (
            '[lessons.columns]\n"a" = "Title',
            'its last line cannot be read (unterminated string); expected "Their heading" = "Title" under '
            "[lessons.columns].",
        ),
        (
            '[lesson.columns]\n"a" = "Title"',
            '"lesson" is not a kind of sheet; expected [courses.columns] or [sections.columns] or [lessons.columns].',
        ),
        (
            '[sections]\n"a" = "Title"',
            "[sections.a] means nothing; expected [sections.columns] or [sections.values.UnlockType].",
        ),
        (
            '[sections.columns]\n"Head" = "Titel"',
            '[sections.columns] "Head": there is no field "Titel". Did you mean "Title"? Expected Id, Action, '
            "CourseId, Course, Title, DisplayOrder, UnlockType, UnlockAfterDays, SectionContents, Active, "
            "NewImageUrl, ClearImageFile or UpdatedOn.",
        ),
        (
            '[lessons.columns]\n"a" = 3',
            '[lessons.columns] "a": expected the name of a field between quotes, or "" to leave it out.',
        ),
        (
            '[lessons.values.UnlockType]\n"drip" = "Timd"',
            '[lessons.values.UnlockType] "drip": "Timd" is not what the field takes: one of Immediate (1), '
            "Sequential (2), Timed (3).",
        ),
        (
            '[lessons.values.UnlockAfterDays]\n"now" = -1',
            '[lessons.values.UnlockAfterDays] "now": -1 is not what the field takes: whole number, 0 or more.',
        ),
        (
            '[lessons.values.Active]\n" " = "yes"',
            "[lessons.values.Active]: an empty cell cannot be mapped; use --default Active=VALUE for that.",
        ),
        (
            '[lessons.values]\nActive = "yes"',
            '[lessons.values.Active]: expected lines below it such as "drip" = "Timed".',
        ),
        (b"\xff\xfe[\0", "it is not UTF-8 text; save it as plain text in UTF-8."),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where_and_what(text: str | bytes, message: str) -> None:
    assert refused(text) == message


@given(st.text(max_size=80) | st.text("[]lesonsctiuvai.=\"'\n#", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_mapping(text.encode("utf-8", "surrogatepass"), "m.toml")
    except MappingError as error:
        assert error.message.startswith("The mapping m.toml cannot be used: ")


@given(st.text())
def test_folding_a_word_twice_is_folding_it_once(text: str) -> None:
    assert folded_word(folded_word(text)) == folded_word(text)
