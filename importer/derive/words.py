"""The declarations of `entities` in the words of somebody who fills in a sheet."""

from typing import assert_never

from importer.entities import Entity, Field, Kind, NeededWith, NotWithYes, NumberOnlyWith, Parent, Rule, VideoNeeded

YES_OR_NO = ("yes", "no")


def options(field: Field) -> tuple[str, ...]:
    """What a cell of the field may hold where that is a short list; empty where it is not."""
    if field.kind is Kind.YES_NO:
        return YES_OR_NO
    return tuple(choice.name for choice in field.choices)


def limits(field: Field) -> str:
    """What a cell of the field may hold: `whole number, 0 or more`, `Immediate, Sequential or Timed`."""
    if listed := options(field):
        return either(listed)
    if field.minimum is not None:
        return f"{field.kind.value}, {field.minimum} or more"
    if field.types:
        return f"{field.kind.value} of a picture ({either(field.types)})"
    return field.kind.value


def either(words: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return _joined(words, "or")


def both(words: tuple[str, ...]) -> str:
    """`a, b and c`."""
    return _joined(words, "and")


def _joined(words: tuple[str, ...], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def key(entity: Entity) -> tuple[str, ...]:
    """The headings that tell two rows apart, a parent by its title where the sheet has a column for that."""
    titles = {parent.id: parent.title for parent in entity.named_parents if parent.title is not None}
    return tuple(titles.get(name, name) for name in entity.natural_key)


def key_in_words(entity: Entity) -> str:
    """What tells two records of a kind apart: `course, section and title`."""
    words = [*(parent.filter_name.lower() for parent in entity.parents), *entity.key_numbers]
    return both((*words, entity.natural_key[-1].lower()))


def alternative(entity: Entity, field: Field) -> str | None:
    """The column that does as well as this one, where every row needs one of the two."""
    pairs = ((parent.id, parent.title) for parent in entity.parents if parent.required and parent.title)
    return next((b if field.name == a else a for a, b in pairs if field.name in (a, b)), None)


def needed(entity: Entity, field: Field) -> str:
    """What a table says of whether every row needs the field: `yes`, `this or Course`, or nothing."""
    other = alternative(entity, field)
    return "yes" if field.required else f"this or {other}" if other else ""


def rules(entity: Entity) -> tuple[str, ...]:
    """What holds across the columns of a row and across rows, a sentence each."""
    return (
        *(_rule(rule) for rule in entity.rules),
        *(
            f"{parent.title} names the {parent.filter_name.lower()} by its title, {parent.id} by its number in "
            f"Nexudus. {_how_many(parent)}; where both are filled in they have to agree."
            for parent in entity.named_parents
        ),
        f"Two rows with the same {both(key(entity))} count as the same {entity.singular}: "
        f"the second one is marked as a mistake.",
    )


def _how_many(parent: Parent) -> str:
    return "Every row needs one of them" if parent.required else "One of them is enough"


def _rule(rule: Rule) -> str:
    match rule:
        case NeededWith():
            return f"{rule.value} has to be filled in where {rule.choice_field} is {rule.choice.name}."
        case NumberOnlyWith():
            return (
                f"{rule.number} is {rule.minimum} or more where {rule.choice_field} is {rule.choice.name}, "
                f"and blank or 0 everywhere else."
            )
        case VideoNeeded():
            return (
                f"{rule.body} has to embed a video hosted on YouTube where {rule.choice_field} is {rule.choice.name}."
            )
        case NotWithYes():
            return f"{rule.value} stays blank where {rule.flag} is yes."
        case _ as unreachable:
            assert_never(unreachable)
