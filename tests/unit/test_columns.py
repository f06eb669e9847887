import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.columns import (
    columns_of,
    fields_named,
    folded_heading,
    kind_of,
    letter,
    likeliest_kind,
    nearest_field,
    repeated,
)
from importer.entities import COMPLETION_TYPE, ENTITIES, LESSON, OUR_HEADINGS, SECTION, TITLE, UNLOCK_AFTER_DAYS, Entity


@pytest.mark.parametrize(
    "heading",
    ["UnlockAfterDays", "unlock after days", "UNLOCK_AFTER-DAYS", " Unlock After Days* ", "Unlock after", "Days **"],
)
def test_headings_match_whatever_their_case_spaces_and_marks(heading: str) -> None:
    (column,) = columns_of([heading], LESSON)
    assert column is not None and column.field == UNLOCK_AFTER_DAYS.name


@pytest.mark.parametrize(
    "heading", ["Unlock\u200bAfter\u00a0Days", "\u202aDays\u202c", "\ufeffDays", "Unl\u00adock days"]
)
def test_what_nobody_sees_does_not_matter(heading: str) -> None:
    (column,) = columns_of([heading], LESSON)
    assert column is not None and column.field == UNLOCK_AFTER_DAYS.name


def test_letters_that_look_like_latin_ones_count_as_those() -> None:
    columns = columns_of(["Тitlе", "Αctive", "TİTLE", "Название"], SECTION)
    assert [column.field for column in columns if column] == ["Title", "Active", "Title", None]


def test_a_mapping_comes_before_what_is_declared() -> None:
    given = {SECTION.kind: {"headline": TITLE.name, "title": ""}}
    columns = columns_of(["Headline", "Title"], SECTION, given)
    assert [column.field for column in columns if column] == [TITLE.name, None]


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        (["Course no", "Module", "Order", "Unlock"], SECTION),
        (["CourseId", "Section", "Title", "DisplayOrder", "UnlockType"], LESSON),
        (["CourseId", "Chapter", "Lesson", "Order", "Unlock", "Completed by", "Introduction"], LESSON),
        (["CourseId", "Title", "Name", "DisplayOrder", "UnlockType"], SECTION),
    ],
)
def test_words_that_people_use_tell_the_kind(headings: list[str], kind: Entity) -> None:
    assert kind_of(headings) is kind


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.kind)
def test_no_spelling_means_two_fields(entity) -> None:  # type: ignore[no-untyped-def]
    spelled = [folded_heading(word) for field in entity.fields for word in (field.name, *field.spellings)]
    assert len(spelled) == len(set(spelled))


@pytest.mark.parametrize(
    ("position", "expected"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_letters_are_those_of_excel(position: int, expected: str) -> None:
    assert letter(position) == expected


def test_blank_headings_are_no_columns_but_keep_their_place() -> None:
    first, blank, second = columns_of(["Title", "", "Whatever"], SECTION)
    assert blank is None
    assert first is not None and second is not None
    assert (first.letter, second.letter, second.field) == ("A", "C", None)


def test_two_spellings_of_one_field_are_repeated() -> None:
    groups = repeated(columns_of(["Title", "Active", "Name"], SECTION))
    assert [[column.heading for column in group] for group in groups] == [["Title", "Name"]]


def test_one_heading_twice_is_repeated_also_where_it_is_unknown_or_a_reports_own() -> None:
    groups = repeated(columns_of(["Notes", "notes", OUR_HEADINGS[0], "import status", OUR_HEADINGS[1]], SECTION))
    assert [group[0].heading for group in groups] == ["Notes", OUR_HEADINGS[0]]


def test_the_nearest_field_is_found_unless_it_is_taken() -> None:
    assert nearest_field("CompletonTyp", LESSON, frozenset()) == COMPLETION_TYPE.name
    assert nearest_field("CompletonTyp", LESSON, {COMPLETION_TYPE.name}) is None
    assert nearest_field("Budget", LESSON, frozenset()) is None


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.kind)
def test_all_headings_of_an_entity_tell_its_kind(entity) -> None:  # type: ignore[no-untyped-def]
    assert kind_of([field.name for field in entity.fields]) is entity


def test_completion_means_lessons_and_shared_columns_alone_mean_sections() -> None:
    shared = [field.name for field in SECTION.needed]
    assert kind_of([*shared, "completion type"]) is LESSON
    assert kind_of(shared) is SECTION
    assert kind_of([TITLE.name]) is None


def test_a_heading_may_mean_a_field_of_each_entity() -> None:
    assert [field.name for field in fields_named("contents")] == ["SectionContents", "LessonContents"]
    assert [field.name for field in fields_named("Published")] == ["Active"]


@given(st.text())
def test_folding_a_heading_twice_is_folding_it_once(heading: str) -> None:
    assert folded_heading(folded_heading(heading)) == folded_heading(heading)


def test_headings_that_nobody_knows_are_taken_for_the_kind_that_they_look_like_or_for_lessons() -> None:
    assert likeliest_kind(["Kurs", "Abschnitt", "Lektion", "Reihenfolge", ""]) is LESSON
    assert likeliest_kind(["Visibilty", "TarifId", "Kurs"]) is ENTITIES[0]
