"""The mapping that is suggested for sheets that are not understood."""

import csv
import os
import shlex
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.derive.guesses import guess_fields, guess_option
from importer.derive.mapping import read_mapping
from importer.entities import COMPLETION_TYPE, LESSON, TITLE, UNLOCK_TYPE
from importer.errors import SuggestionError
from importer.settings import read_settings
from importer.suggestion import next_command, suggest_mapping

HEADINGS = ("Course no", "Module", "Lesson title", "Order", "Unlok", "Complete", "Budget")
ROW = ("101", "Welcome", "Hello", "1", "drip", "Vissited", "5")


def write(path: Path, *rows: tuple[str, ...]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def test_the_best_guess_gets_the_field_and_no_field_is_guessed_twice() -> None:
    guesses = guess_fields(["Complete", "Completion typ", "Budget"], LESSON, {TITLE.name})
    assert guesses == {"Completion typ": COMPLETION_TYPE.name}
    assert guess_fields(["Private remarks", "Status", "Owner"], LESSON, frozenset()) == {}


def test_a_word_is_guessed_only_where_it_is_near() -> None:
    assert guess_option("immediatly", UNLOCK_TYPE) == "Immediate"
    assert guess_option("drip", UNLOCK_TYPE) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has another prompt")
@pytest.mark.parametrize("name", ["a$(id)`w`.csv", "it's.csv", 'a"b.csv', "a b.csv", "~.csv", "año.csv"])
def test_the_command_that_is_proposed_names_the_files_and_runs_nothing_else(name: str) -> None:
    command = next_command([name], read_settings(), Path("m.toml"))
    assert shlex.split(command) == ["importer", "check", name, "--mapping", "m.toml"]
    assert "$" not in command or f"'{name}'" in command


def test_guesses_are_filled_in_and_the_rest_is_left_to_the_person(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", HEADINGS, ROW)
    path = suggest_mapping([file], read_settings())
    assert path == tmp_path / "a.mapping.toml"
    text = path.read_text(encoding="utf-8")
    mapped = read_mapping(text.encode(), "m")
    assert mapped.columns == {"lessons": {"unlok": "UnlockType", "complete": "CompletionType"}}
    assert mapped.values == {"lessons": {"CompletionType": {"vissited": "Visited"}, "UnlockType": {}}}
    assert '\n# "Budget" = ""\n' in text
    assert '\n[lessons.values.UnlockType]\n# takes Immediate, Sequential or Timed\n# "drip" = ""\n' in text
    assert '\n# understood: "Lesson title" = "Title"\n' in text


def test_a_mapping_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", HEADINGS, ROW)
    (tmp_path / "a.mapping.toml").write_text("mine")
    with pytest.raises(SuggestionError, match="there already"):
        suggest_mapping([file], read_settings())
    assert (tmp_path / "a.mapping.toml").read_text() == "mine"


def test_what_the_options_give_no_sheet_needs(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ("Course title", "Visibility", "Rang"), ("Safety", "Public", "1"))
    path = suggest_mapping([file], read_settings({"kind": "courses", "default": ("BusinessId=1", "HostId=301")}))
    assert path is not None
    assert "# Every sheet of courses needs these too: DisplayOrder\n" in path.read_text(encoding="utf-8")


def test_nothing_is_written_where_all_is_understood(tmp_path: Path) -> None:
    headings = tuple(field.name for field in LESSON.fields)
    file = write(tmp_path / "a.csv", headings, tuple(field.example for field in LESSON.fields))
    assert suggest_mapping([file], read_settings()) is None
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]


def test_a_file_with_nothing_that_is_known_gets_one_too(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ("Titel", "Completiontyp"), ("a", "b"))
    path = suggest_mapping([file], read_settings())
    assert path is not None
    assert read_mapping(path.read_bytes(), "m").columns["lessons"] == {
        "titel": "Title",
        "completiontyp": "CompletionType",
    }


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_a_suggestion_can_always_be_read(columns: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        headings = ("Title", "UnlockType", *(heading for heading, _ in columns))
        file = write(Path(folder) / "a.csv", headings, ("x", columns[0][1], *(cell for _, cell in columns)))
        path = suggest_mapping([file], read_settings({"delimiter": ",", "kind": "lessons"}))
        if path is not None:
            read_mapping(path.read_bytes(), "m")
