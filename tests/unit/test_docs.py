from pathlib import Path

import pytest

from importer.derive.docs import (
    EXIT_CODES,
    exit_codes_block,
    fields_block,
    fields_page,
    fields_table,
    outcomes_block,
    problems_page,
    table,
)
from importer.derive.examples import EXAMPLES
from importer.derive.outcomes import MEANINGS
from importer.derive.words import both, either, key, rules
from importer.entities import ENTITIES, LESSON, Entity
from importer.errors import ImporterError
from importer.model import Outcome
from importer.problems import WORDINGS, Code, Severity
from tools.command_line import options_block
from tools.generate import BLOCKS, PAGES, STOPS, same, with_blocks


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_the_generated_one(root: Path, name: str) -> None:
    assert (root / name).read_text(encoding="utf-8") == PAGES[name]()


@pytest.mark.parametrize("one", ENTITIES, ids=lambda one: one.kind)
def test_every_field_is_explained_in_a_row_of_its_own(one: Entity) -> None:
    rows = fields_table(one).splitlines()[2:]
    for field, row in zip(one.fields, rows, strict=True):
        assert all(word in row for word in (field.name, field.help, *field.spellings))


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_heading_and_its_example(code: Code) -> None:
    section = problems_page(STOPS).split(f"\n## {code.value}\n")[1].split("\n## ")[0]
    assert EXAMPLES[code].message in section.replace("&lt;", "<")


@pytest.mark.parametrize("one", ENTITIES, ids=lambda one: one.kind)
def test_every_rule_is_told_in_words(one: Entity) -> None:
    told = rules(one)
    assert len(told) == len(one.rules) + len(one.named_parents) + 1
    assert all(sentence in fields_page() and sentence in fields_block() for sentence in told)


def test_a_lesson_is_known_by_its_course_section_and_title() -> None:
    assert both(key(LESSON)) == "Course, Section and Title"


@pytest.mark.parametrize(
    ("words", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")]
)
def test_words_in_a_row(words: tuple[str, ...], text: str) -> None:
    assert either(words) == text


def test_a_table_keeps_its_columns_whatever_a_cell_holds() -> None:
    assert table(("A", "B"), [("1|2", "x\ny")]) == "| A | B |\n| --- | --- |\n| 1\\|2 | x<br>y |"


def test_every_code_that_ends_a_command_is_there_with_its_exit_code() -> None:
    told = problems_page(STOPS)
    assert {one.code for one in STOPS} >= {"headings", "sign-in", "limit-spent", "busy"}
    assert [one.code for one in STOPS if f"| `{one.code}` | {one.exit_code} | " not in told] == []


def test_no_warning_is_said_to_keep_nothing_back() -> None:
    waits = {Code.LEFT_FOR_LATER, Code.NOT_THERE, Code.ROWS_HELD_BACK}
    assert {WORDINGS[one].severity for one in waits} == {Severity.WARNING}
    assert "some say why a row waits or is left out all the same." in problems_page(STOPS)


def test_every_word_of_import_status_is_explained() -> None:
    assert set(MEANINGS) == set(Outcome)
    assert all(f"| `{word}` | {meaning} |" in outcomes_block() for word, meaning in MEANINGS.items())


@pytest.mark.parametrize(
    "outcome", [Outcome.SKIPPED, Outcome.BLOCKED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING]
)
def test_what_is_said_of_a_word_fits_changes_and_deletions_too(outcome: Outcome) -> None:
    assert [word for word in ("created", "delivered", "import", "come to be") if word in MEANINGS[outcome]] == []


def test_who_reads_of_an_unknown_row_is_told_to_run_the_same_command_again() -> None:
    assert MEANINGS[Outcome.UNKNOWN].endswith("run the same command again, which looks for it.")


def test_every_exit_code_is_explained() -> None:
    assert {group.exit_code for group in ImporterError.__subclasses__()} | {0, 1, 5, 130} == set(EXIT_CODES)
    assert all(f"| {number} | {meaning} |" in exit_codes_block() for number, meaning in EXIT_CODES.items())


@pytest.mark.parametrize(
    ("option", "commands"),
    [
        ("--course-id N", "check, plan, run, outline"),
        ("--on-existing skip\\|update\\|error\\|create", "check, plan, run"),
        ("--yes", "run, retry, undo"),
        ("--overwrite", "plan, run"),
    ],
)
def test_an_option_is_told_with_the_commands_that_take_it(option: str, commands: str) -> None:
    (row,) = (line for line in options_block().splitlines() if line.startswith(f"| `{option}` |"))
    assert row.endswith(f"| {commands} |")


def test_a_marked_block_is_filled_and_the_rest_left_alone() -> None:
    text = "before\n<!-- generated: fields -->\nold\n<!-- end -->\nafter"
    filled = with_blocks(text)
    assert filled == f"before\n<!-- generated: fields -->\n\n{BLOCKS['fields']()}\n\n<!-- end -->\nafter"
    assert with_blocks(filled) == filled


def test_a_block_that_nothing_is_known_of_is_an_error() -> None:
    with pytest.raises(KeyError):
        with_blocks("<!-- generated: colours -->\n<!-- end -->")


def test_line_ends_are_no_difference_and_words_are(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert not same(page, b"a\n")
    page.write_bytes(b"a\r\n")
    assert same(page, b"a\n")
    assert not same(page, b"b\n")
