"""What is wanted of a record beside what the service holds: one judgement for what to change and for what was kept."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from importer.entities import Entity, Field, Kind

_LINE_END: Final = re.compile("\r\n?")


def differing(entity: Entity, wanted: Mapping[str, object], record: Mapping[str, object]) -> Iterator[Field]:
    """The fields whose wanted value a whole record does not hold; of what records do not tell, none."""
    for field in entity.fields:
        if field.name in wanted and field.told and not same(field, wanted[field.name], record.get(field.name)):
            yield field


def same(field: Field, one: object, other: object) -> bool:
    """Whether two values of a field say the same: nothing is as good as blank, and line ends are line ends."""
    return _plain(field, one) == _plain(field, other)


def _plain(field: Field, value: object) -> object:
    if field.kind is Kind.YES_NO:
        return bool(value)
    if field.kind in (Kind.WHOLE, Kind.CHOICE):
        return _number(field, value)
    text = "" if value is None else _LINE_END.sub("\n", str(value))
    # Programs end the lines of a text as they like, and no sheet can tell a blank text from a white one.
    return text if field.kind is Kind.BODY and not text.isspace() else text.strip()


def _number(field: Field, value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    # The service writes a record that is not there as 0.
    is_none = value is None or (isinstance(value, int) and field.kind is Kind.WHOLE and value < (field.minimum or 0))
    return field.blank if is_none else value
