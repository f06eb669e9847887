"""A mapping file for sheets whose headings or words are not understood, with what they may mean filled in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importer.derive.cells import reader_of
from importer.derive.columns import Given, columns_of, folded_heading, is_ours, missing
from importer.derive.guesses import guess_fields, guess_option
from importer.derive.lookalikes import folded_word
from importer.derive.mapping import COLUMNS, VALUES
from importer.derive.prompt import typed
from importer.derive.words import either, options
from importer.entities import COURSE_ID, ENTITIES, Entity, Field
from importer.errors import SuggestionError
from importer.model import Sheet
from importer.normalise import read_default
from importer.prepare import mapping_of, open_books
from importer.settings import Settings

ENDING: Final = ".mapping.toml"
_MOST_WORDS: Final = 50
"""Different words of a column that are listed."""
"""What needs no quotes at the prompt of Windows."""


@dataclass(slots=True)
class _Found:
    """What the sheets of one kind have, by the folded heading or word."""

    known: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    guessed: Mapping[str, str] = field(default_factory=dict)
    lacking: tuple[Field, ...] = ()
    words: dict[str, dict[str, str]] = field(default_factory=dict)


def suggest_mapping(files: Sequence[str], settings: Settings) -> Path | None:
    """Write a mapping beside the first file and give its path; None where every heading and word is understood.

    Raises `FileError` for a file that cannot be read, and `SuggestionError` where the mapping cannot be written: it
    never takes the place of another file.
    """
    given = mapping_of(settings).columns
    found = _headings(_sheets(files, settings, given), settings, given)
    guessed = {kind: {folded_heading(word): name for word, name in one.guessed.items()} for kind, one in found.items()}
    both = {kind: {**given.get(kind, {}), **guessed[kind]} for kind in found}
    _add_words(found, _sheets(files, settings, both))
    if not any(one.unknown or one.words for one in found.values()):
        return None
    path = Path(files[0]).with_suffix(ENDING)
    if settings.report_dir is not None:
        path = settings.report_dir / path.name
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(next_command(files, settings, path), found))
    except FileExistsError:
        raise SuggestionError(path, "a file of that name is there already; use it, or move it away") from None
    except OSError as error:
        raise SuggestionError(path, (error.strerror or str(error)).lower()) from None
    return path


def _sheets(files: Sequence[str], settings: Settings, given: Given) -> list[Sheet]:
    return [sheet for book in open_books(files, settings, given=given, tolerant=True) for sheet in book.sheets]


def _headings(sheets: Sequence[Sheet], settings: Settings, given: Given) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for sheet in sheets:
        one = found.setdefault(sheet.entity.kind, _Found())
        left_out = given.get(sheet.entity.kind, {})
        for column in sheet.columns:
            word = folded_heading(column.heading)
            if column.field is not None:
                one.known.setdefault(column.field, column.heading)
            elif word not in left_out and not is_ours(column.heading):
                one.unknown.setdefault(word, column.heading)
    given_by_options = {name for name, _ in map(read_default, settings.default)}
    if settings.course_id is not None:
        given_by_options.add(COURSE_ID.name)
    for entity in ENTITIES:
        if entity.kind in found:
            one = found[entity.kind]
            one.guessed = guess_fields(one.unknown.values(), entity, one.known.keys())
            held = columns_of([*one.known, *one.guessed.values()], entity)
            one.lacking = missing(held, entity, given_by_options)
    return found


def _add_words(found: Mapping[str, _Found], sheets: Sequence[Sheet]) -> None:
    """Note the words that a field with a short list of values does not take."""
    for sheet in sheets:
        for one in sheet.entity.fields:
            if options(one) and one.name in sheet.cells.columns:
                words = found[sheet.entity.kind].words.setdefault(one.name, {})
                read = reader_of(one)
                for cell in sheet.cells[one.name].dropna().unique():
                    if read(cell).code is not None and len(words) < _MOST_WORDS:
                        words.setdefault(folded_word(cell), str(cell).strip())
    for any_found in found.values():
        any_found.words = {name: words for name, words in any_found.words.items() if words}


def next_command(files: Sequence[str], settings: Settings, path: Path) -> str:
    """The command that uses a mapping, with the options without which the files are not read the same way."""
    told: list[tuple[str, object]] = [("mapping", path), *(("sheet", one) for one in settings.sheet)]
    told += [(name, getattr(settings, name)) for name in ("kind", "course_id", "encoding", "delimiter")]
    options = (f"--{name.replace('_', '-')} {typed(str(value))}" for name, value in told if value is not None)
    return " ".join(["importer check", *map(typed, files), *options])


def _text(command: str, found: Mapping[str, _Found]) -> str:
    head = [
        "# What the headings and words of your sheet mean. On the left stands what the sheet says, on the right",
        '# what it means here; "" leaves a column out. A line that begins with # counts for nothing: take the # away',
        "# where you have filled in the right side. Look through the guesses, then:",
        f"#   {command}",
    ]
    parts = [_part(entity, found[entity.kind]) for entity in ENTITIES if entity.kind in found]
    return "\n".join([line.replace("\r", " ").replace("\n", " ") for line in head] + [""] + [*_joined(parts)]) + "\n"


def _joined(parts: Sequence[Iterator[str]]) -> Iterator[str]:
    for part in parts:
        yield from part


def _part(entity: Entity, found: _Found) -> Iterator[str]:
    yield f"[{entity.kind}.{COLUMNS}]"
    for name, heading in found.known.items():
        yield f"# understood: {_quoted(heading)} = {_quoted(name)}"
    for heading in found.unknown.values():
        guess = found.guessed.get(heading)
        yield f"{_quoted(heading)} = {_quoted(guess)}" if guess else f'# {_quoted(heading)} = ""'
    if found.lacking:
        needed = ", ".join(one.name for one in found.lacking)
        yield f"# Every sheet of {entity.kind} needs these too: {needed}"
    free = [one.name for one in entity.fields if one.name not in {*found.known, *found.guessed.values()}]
    if free and found.unknown:
        yield f"# Fields that no column has yet: {', '.join(free)}"
    yield ""
    for name, words in found.words.items():
        yield f"[{entity.kind}.{VALUES}.{name}]"
        yield f"# takes {either(options(entity.field(name)))}"
        for word in words.values():
            option = guess_option(word, entity.field(name))
            yield f"{_quoted(word)} = {_quoted(option)}" if option else f'# {_quoted(word)} = ""'
        yield ""


def _quoted(text: str) -> str:
    """A string as TOML has it, which is JSON's but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
