from urllib.parse import urlsplit

import pytest

from importer.derive.cells import reader_of
from importer.derive.columns import folded_heading
from importer.entities import (
    ENTITIES,
    OUR_HEADINGS,
    SERVED,
    Entity,
    Field,
    Kind,
    NeededWith,
    NotWithYes,
    NumberOnlyWith,
    Rule,
    VideoNeeded,
    entity,
)

EVERY_ENTITY = pytest.mark.parametrize("one", SERVED, ids=lambda one: one.kind)
EVERY_FIELD = pytest.mark.parametrize(
    "field", {field.name: field for one in SERVED for field in one.columns}.values(), ids=lambda field: field.name
)


def named_by(rule: Rule) -> tuple[str, str]:
    match rule:
        case NumberOnlyWith():
            return rule.number, rule.choice_field
        case VideoNeeded():
            return rule.body, rule.choice_field
        case NotWithYes():
            return rule.value, rule.flag
        case NeededWith():
            return rule.value, rule.choice_field


@EVERY_ENTITY
def test_no_two_fields_answer_to_the_same_heading(one: Entity) -> None:
    headings = [folded_heading(word) for field in one.columns for word in (field.name, *field.spellings)]
    assert sorted(headings) == sorted({*headings})


@EVERY_ENTITY
def test_no_field_answers_to_a_heading_of_the_report(one: Entity) -> None:
    headings = {folded_heading(word) for field in one.columns for word in (field.name, *field.spellings)}
    assert headings.isdisjoint(folded_heading(word) for word in OUR_HEADINGS)


@EVERY_ENTITY
def test_rules_speak_of_fields_that_are_there(one: Entity) -> None:
    assert all(one.has(name) for rule in one.rules for name in named_by(rule))


@EVERY_ENTITY
def test_a_rule_about_a_choice_names_one_of_the_choices(one: Entity) -> None:
    for rule in one.rules:
        if not isinstance(rule, NotWithYes):
            assert rule.choice in one.field(rule.choice_field).choices


@EVERY_ENTITY
def test_parents_and_natural_key_are_fields(one: Entity) -> None:
    names = [*one.natural_key, *(parent.id for parent in one.parents)]
    names += [parent.title for parent in one.named_parents if parent.title is not None]
    assert all(one.has(name) for name in names)


def test_parents_come_before_their_children() -> None:
    kinds = [one.kind for one in SERVED]
    for place, one in enumerate(SERVED):
        assert all(parent.kind in kinds[:place] for parent in one.parents)


def test_an_entity_is_found_by_its_kind_and_a_field_by_its_name() -> None:
    assert [entity(one.kind) for one in ENTITIES] == [*ENTITIES]
    assert all(one.field(field.name) is field for one in ENTITIES for field in one.columns)


@pytest.mark.parametrize("kind", ["coworkers", "Lessons", ""])
def test_no_other_kind_can_be_imported(kind: str) -> None:
    with pytest.raises(KeyError):
        entity(kind)


def test_a_field_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        ENTITIES[0].field("Colour")


@EVERY_FIELD
def test_the_example_can_be_read_as_a_cell_of_its_field(field: Field) -> None:
    reading = reader_of(field)(field.example)
    assert reading.code is None
    assert (reading.value is not None) == bool(field.example)


@EVERY_FIELD
def test_help_is_a_sentence(field: Field) -> None:
    assert field.help[0].isupper()
    assert field.help.endswith((".", ")"))


@EVERY_FIELD
def test_a_required_field_has_an_example_and_a_kind_its_choices_or_types(field: Field) -> None:
    assert field.example or not field.required
    assert bool(field.choices) == (field.kind is Kind.CHOICE)
    assert not field.types or urlsplit(field.example).path.endswith(field.types)


@EVERY_FIELD
def test_names_and_numbers_of_choices_are_told_apart(field: Field) -> None:
    assert len({choice.name.casefold() for choice in field.choices}) == len(field.choices)
    assert [choice.number for choice in field.choices] == [*range(1, len(field.choices) + 1)]


@EVERY_ENTITY
def test_the_examples_of_an_entity_fit_together(one: Entity) -> None:
    for rule in one.rules:
        if isinstance(rule, NumberOnlyWith):
            chosen = one.field(rule.choice_field).example == rule.choice.name
            assert chosen == (int(one.field(rule.number).example) >= rule.minimum)
