"""Whole commands in another language."""

import csv
from pathlib import Path

import pytest

from tests.flow.commands import LESSON_HEADINGS, Run, write_csv

ROW = [104, "", "Keys", "third", "Immediate", "Visited", "yes"]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "a.csv", LESSON_HEADINGS, [ROW])


def report(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "a.report.csv").read_text(encoding="utf-8").splitlines()))


def test_report_and_console_are_in_the_language_and_status_words_are_not(
    importer: Run, bad: Path, tmp_path: Path
) -> None:
    answer = importer("check", "a.csv", "--lang", "es")
    assert answer.code == 1
    assert answer.stdout.startswith("1 fila (con errores: 1).\n\nErrores\n  a.csv, fila 2, columna D")
    (row,) = report(tmp_path)
    assert row["ImportStatus"] == "invalid"
    assert row["ImportError"] == (
        'a.csv, fila 2, columna D "DisplayOrder": "third" no es un número entero. Se espera un número entero como 1, '
        "sin unidades ni decimales. Escriba solo el número."
    )


def test_the_environment_can_choose_it_and_json_stays_english(
    importer: Run, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_english = importer("check", "a.csv", "--json").document["rows"]
    monkeypatch.setenv("IMPORTER_LANG", "es")
    assert importer("check", "a.csv", "--json").document["rows"] == in_english
    assert "Se espera" in report(tmp_path)[0]["ImportError"]


def test_what_ends_a_command_is_said_in_it(importer: Run, tmp_path: Path) -> None:
    answer = importer("check", "none.csv", "--lang", "es", "--json")
    assert (answer.code, answer.stderr.strip()) == (2, "none.csv: no existe ese archivo.")
    assert answer.document["problems"][0]["message"] == "none.csv: there is no such file."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--course-id", "x"), '--course-id no se puede usar: se espera un número entero; hay "x".'),
        (("--course-id", "0"), '--course-id no se puede usar: se espera 1 o más; hay "0".'),
        (("--kind", "cats"), '--kind no se puede usar: se espera courses, sections or lessons; hay "cats".'),
        (("--delimiter", "ab"), '--delimiter no se puede usar: se espera un carácter, como ; o tab; hay "ab".'),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_it(importer: Run, bad: Path, words: list[str], said: str) -> None:
    answer = importer("check", "a.csv", "--lang", "es", *words)
    assert (answer.code, answer.stderr.strip()) == (2, said)


def test_nothing_but_the_option_changes_the_language(importer: Run, bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    assert importer("check", "a.csv").stdout.startswith("1 row: 1 invalid.")
    assert importer("check", "a.csv", "--lang", "fr").code == 2
