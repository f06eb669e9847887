"""What is said in other languages: all of it, with the same blanks, and only words of ours."""

import ast
import re
import string
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import importer
from importer.derive.examples import EXAMPLES
from importer.derive.outcomes import MEANINGS
from importer.entities import ENTITIES
from importer.errors import BusyError, EmptyFileError, FileMissingError, HeadingError, NotASpreadsheetError
from importer.languages import WORDS_OF_OURS, Language, catalogue, say, speaking, told
from importer.pacing import LimitSpentError
from importer.problems import WORDINGS, Code, Problem, counted, did_you_mean
from importer.report import console
from importer.report.package import summary
from importer.window import Window

PACKAGE = Path(importer.__file__).parent
FOREIGN = [language for language in Language if language is not Language.ENGLISH]
BEFORE_A_LANGUAGE_IS_KNOWN = (
    "settings.py",
    "service_address.py",
)
COMPOSED = (
    "{what}",
    "{where}",
    "{quoted",
    "{place}",
    "[{",
    "{field",
    "{tables}",
    "a heading is",
    "it cannot be told whether it holds",
    "none of the",
    "blanks stand",
)
"""Beginnings of templates that are put together from parts; whole messages of them are among the examples below."""


WORDS_OF_OTHERS = (Code.REFUSED, Code.CHANGE_REFUSED, Code.STOPPED, Code.REPORT_NOT_WRITTEN)
"""What the service or the operating system says is passed on as it is."""

BLANK = re.compile(r"\{[^}]*\}")
ENGLISH = re.compile(r"(?<![-\w])(?:the|than|of|it|is|and|or|with|from|at|in|to|that)(?![-\w])")
"""Words that are in most sentences of English, and in none of another language."""


def blanks(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def calls() -> Iterator[tuple[Path, ast.Call, str, dict[str, str]]]:
    """Every call in the package with the name of what is called, and the constants of its module."""
    for module in PACKAGE.rglob("*.py"):
        if module.name == "embedded.py":  # the sandbox speaks to developers
            continue
        code = ast.parse(module.read_text(encoding="utf-8"))
        constants = {
            ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0]): node.value.value
            for node in code.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        for node in ast.walk(code):
            if isinstance(node, ast.Call):
                yield module, node, ast.unparse(node.func).rpartition(".")[2], constants


def sample(text: ast.expr, constants: dict[str, str]) -> str | None:
    """A text as the code makes it, with its values' own code in the blanks."""
    if isinstance(text, ast.Constant):
        return text.value if isinstance(text.value, str) and " " in text.value else None
    if not isinstance(text, ast.JoinedStr):
        return None
    parts = [
        str(part.value) if isinstance(part, ast.Constant) else ast.unparse(part.value)  # type: ignore[attr-defined]
        for part in text.values
    ]
    filled = (
        part if isinstance(at, ast.Constant) else constants.get(part, f"{{{part}}}")
        for part, at in zip(parts, text.values, strict=True)
    )
    return "".join(filled)


def branches(text: ast.expr) -> list[ast.expr]:
    """The texts of which one is chosen."""
    return [*branches(text.body), *branches(text.orelse)] if isinstance(text, ast.IfExp) else [text]


def reasons() -> list[str]:
    """What errors and doubtful answers say, as far as it stands in one place of the code."""
    makers = ("Ambiguous", "Unusable", "NotSent", "NoAnswer")
    found = [
        sample(text, constants)
        for module, call, name, constants in calls()
        if (name.endswith("Error") or name in makers or ast.unparse(call.func) == "super().__init__")
        and not {"sandbox", *BEFORE_A_LANGUAGE_IS_KNOWN} & set(module.relative_to(PACKAGE).parts)
        for argument in call.args
        for text in branches(argument)
    ]
    found += [sample(text, {}) for text in told_by_name()]
    return sorted({text for text in found if text and not text.startswith(COMPOSED)})


def told_by_name() -> Iterator[ast.expr]:
    """The texts that are called a reason or a message before they are raised."""
    for module in PACKAGE.rglob("*.py"):
        if not {"sandbox", *BEFORE_A_LANGUAGE_IS_KNOWN} & set(module.relative_to(PACKAGE).parts):
            blocks = [getattr(node, "body", ()) for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
            for node, after in (pair for block in blocks if isinstance(block, list) for pair in pairwise(block)):
                is_ours = isinstance(after, ast.Raise | ast.Return) and "ValueError(" not in ast.unparse(after)
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("reason", "message") and is_ours:
                    yield from branches(node.value)


def templates() -> list[str]:
    """Every template that the code says."""
    said = [call.args[0] for _, call, name, _ in calls() if name == "say"]
    literal = [one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    nouns = [call.args[1] for _, call, name, _ in calls() if name == "counted"]
    words = [str(one.value) for one in nouns if isinstance(one, ast.Constant)] + [one.singular for one in ENTITIES]
    counts = [f"{{number:,}} {word}{ending}" for word in words for ending in ("", "s")]
    tables: list[dict[Any, str]] = [
        console._WORDS,
        console._WORDS_OF_UNDO,
        console._PENDING,
        console._AGAIN,
        console._SENDS,
    ]
    tables += [dict(MEANINGS), {None: summary._SIGNED}]
    return sorted({*literal, *counts, *(text for table in tables for text in table.values())})


@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize("code", Code)
def test_every_message_has_the_same_parts_with_the_same_blanks(language: Language, code: Code) -> None:
    english = {name: getattr(WORDINGS[code], name) for name in ("found", "expected", "do")}
    foreign = catalogue(language).problems[code.value]
    assert set(foreign) == {name for name, part in english.items() if part}
    assert all(blanks(part) == blanks(english[name]) for name, part in foreign.items())


@pytest.mark.parametrize("language", FOREIGN)
def test_everything_that_is_said_is_there(language: Language) -> None:
    known = catalogue(language)
    assert [one for one in templates() if one not in known.said and one not in known.texts] == []


@pytest.mark.parametrize("language", FOREIGN)
def test_every_reason_is_recognised(language: Language) -> None:
    with speaking(language):
        assert [one for one in reasons() if told(one) == one and re.search("[a-z]", BLANK.sub("", one))] == []
        assert [one for one in reasons() if ENGLISH.search(BLANK.sub("", told(one)))] == []


@pytest.mark.parametrize("language", FOREIGN)
def test_a_translation_keeps_its_blanks_and_nothing_is_there_that_is_not_said(language: Language) -> None:
    known = catalogue(language)
    both = {**known.texts, **known.said}
    assert [english for english, foreign in both.items() if blanks(english) != blanks(foreign)] == []
    assert set(known.said) <= set(templates())
    assert set(known.problems) == {code.value for code in Code}


@pytest.mark.parametrize("code", [code for code in Code if code not in WORDS_OF_OTHERS])
def test_no_word_of_ours_stays_english(code: Code) -> None:
    example = EXAMPLES[code]
    ours = {name: value for name, value in example.details.items() if name in WORDS_OF_OURS and value}
    with speaking(Language.SPANISH):
        assert [value for value in ours.values() if told(str(value)) == value] == []
        assert "{" not in example.message


def test_a_message_in_spanish_word_for_word() -> None:
    with speaking(Language.SPANISH):
        assert EXAMPLES[Code.SECTION_UNKNOWN].message == (
            'Lessons, fila 14, columna C "Section": el curso 101 no tiene ninguna sección "Frist week", ni en esta '
            'importación ni en Nexudus. ¿Quería decir "First week"? Se espera el título de una sección de este curso. '
            "Corríjalo o añada la sección."
        )
        assert EXAMPLES[Code.SECTION_NOT_CREATED].message.startswith(
            'Lessons, fila 14: no se ha enviado por su sección "First week" (Sections, fila 3): hay que corregirla.'
        )
        assert counted(1, "row") == "1 fila"
        assert say("about {time}", time=counted(2, "hour")) == "cerca de 2 horas"
    assert EXAMPLES[Code.MISSING].message.endswith("Fill it in.")


@pytest.mark.parametrize(
    ("message", "spanish"),
    [
        (FileMissingError("a and b.csv", "there is no such file").message, "a and b.csv: no existe ese archivo."),
        (EmptyFileError("C:\\x.csv", "the file is empty").message, "C:\\x.csv: el archivo está vacío."),
        (
            NotASpreadsheetError(
                "a.pdf", "this is a PDF, not a spreadsheet; save it as an Excel workbook (.xlsx) or as CSV"
            ).message,
            "a.pdf: es un PDF, no una hoja de cálculo; guárdelo como libro de Excel (.xlsx) o como CSV.",
        ),
        (
            HeadingError(
                "a.xlsx, sheet S",
                'none of the headings in row 3 is known (found: "x"); name the columns as importer template does, or '
                "map them: importer check FILE --suggest-mapping",
            ).message,
            'a.xlsx, hoja S: no se conoce ninguno de los encabezados de la fila 3 (hay: "x"); llame a las columnas '
            "como lo hace importer template o diga qué significan: importer check FILE --suggest-mapping.",
        ),
        (
            HeadingError(
                "a.csv",
                'it cannot be told whether it holds courses, sections or lessons (found: "A"); say it with --kind '
                "courses, --kind sections or --kind lessons",
            ).message,
            'a.csv: no se sabe si contiene cursos, secciones o lecciones (encabezados: "A"); dígalo con --kind '
            "courses, --kind sections o --kind lessons.",
        ),
        (
            HeadingError(
                "a.csv",
                'the column "DisplayOrder" is missing; every sheet of lessons needs it (found in row 3: "A"). If '
                "another heading means it: importer check FILE --suggest-mapping",
            ).message,
            'a.csv: falta la columna "DisplayOrder"; toda hoja de lecciones la necesita (hay en la fila 3: "A"). Si '
            "otro encabezado significa lo mismo: importer check FILE --suggest-mapping.",
        ),
        (
            HeadingError(
                "a.csv",
                'it cannot be told whether it holds courses, sections or lessons (found in row 3: "A"); say it with '
                "--kind courses, --kind sections or --kind lessons",
            ).message,
            'a.csv: no se sabe si contiene cursos, secciones o lecciones (encabezados de la fila 3: "A"); dígalo con '
            "--kind courses, --kind sections o --kind lessons.",
        ),
        (
            NotASpreadsheetError(
                "a.docx", "this is a Word document, not a spreadsheet; save it as an Excel workbook (.xlsx) or as CSV"
            ).message,
            "a.docx: es un documento de Word, no una hoja de cálculo; guárdelo como libro de Excel (.xlsx) o como CSV.",
        ),
        (
            HeadingError(
                "a.csv", 'a heading is given twice: "A" (column B) and "A" (column C); keep one of them'
            ).message,
            'a.csv: hay un encabezado repetido: "A" (column B) and "A" (column C); deje uno de ellos.',
        ),
        (
            HeadingError(
                "a.csv",
                'blanks stand before quotes (found: "A"), so that the quotes count as part of the text; take out these '
                "blanks, or save the file as CSV anew",
            ).message,
            'a.csv: hay espacios delante de las comillas (hay: "A"), así que las comillas cuentan como parte del '
            "texto; quite esos espacios o guarde de nuevo el archivo como CSV.",
        ),
        (
            LimitSpentError(7200, Window(what="writes per day", limit=5000, seconds=86400, writes_only=True)).message,
            "El límite de escrituras al día (5,000) está agotado por ahora. Ejecute de nuevo la misma orden dentro de "
            "2 horas y 0 minutos: continúa donde se detuvo.",
        ),
        (
            BusyError("process 7").message,
            "Otra ejecución está escribiendo con esta cuenta (process 7). Espere a que termine y ejecute de nuevo la "
            "orden.",
        ),
        (did_you_mean("Timed", ("і",)), ' ¿Quería decir "Timed"? Letras que solo parecen latinas: "і".'),
        ("3 rows have errors", "3 filas tienen errores"),
        ("something nobody translated", "something nobody translated"),
    ],
)
def test_a_finished_text_is_recognised_by_its_template(message: str, spanish: str) -> None:
    with speaking(Language.SPANISH):
        assert told(message) == spanish
    assert told(message) == message


@given(st.text(max_size=40))
def test_what_the_user_typed_stays_as_it_is(text: str) -> None:
    problem = Problem(code=Code.REPORT_ELSEWHERE, value="x", details={"reason": "y", "instead": text})
    with speaking(Language.SPANISH):
        assert problem.message.endswith(f"El informe está en {text}.")
