"""What the linters do not check: where facts are declared, how long things are, and who may do what."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Final

import pytest

import importer
from importer import entities

PACKAGE: Final = Path(importer.__file__).parent
ROOT: Final = PACKAGE.parent
MODULES: Final = sorted(PACKAGE.rglob("*.py"))

LONGEST_FUNCTION: Final = 40
LONGEST_OF_MOST: Final = 30
LONGEST_MODULE: Final = 300

LONGER_MODULES: Final = {
    "entities.py": "declares every field; nothing in it to follow",
    "errors.py": "everything that stops a command, in one tree",
    "problems.py": "the catalogue of messages, one entry for each code",
    "derive/examples.py": "an example of each message, one entry for each code",
    "model.py": "everything that passes between the stages, on one page",
}

NAMESAKES: Final = {
    "load/relations.py": (entities.ID,),  # an attribute in the XML of every workbook is called so too
    "report/package/parts.py": (entities.ID,),  # and in the XML of relationships
}

COMMAND_LINE: Final = ("cli", "__main__")
DEFERS_IMPORTS: Final = ("cli", "pipeline", "__init__")
"""Pandas and pandera cost a second, which --help need not pay; what the network needs is nothing to a check."""
SANDBOX_USERS: Final = ("cli", "pipeline", "sandbox")

FIELDS: Final = frozenset(field.name for entity in entities.SERVED for field in entity.columns)
NAMES: Final = frozenset({*FIELDS, *entities.OUR_HEADINGS, entities.ID})
PLURAL_WORDS: Final = frozenset(entity.kind for entity in entities.SERVED)
SERVICE_NAMES: Final = frozenset(
    name for entity in entities.SERVED for name in (entity.record, entity.path) if name not in PLURAL_WORDS | {"Course"}
)
"""Record names and paths that are not also words of English."""
WHOLE: Final = NAMES | SERVICE_NAMES
CAMEL_CASE: Final = sorted(name for name in WHOLE if re.search("[a-z][A-Z]", name))
ANYWHERE: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(CAMEL_CASE)})(?![A-Za-z0-9])")


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), str(module))


def room(module: Path) -> str:
    """The module or the folder right below the package: `load`, `derive`, `cli`."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def literals(code: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string, those of f-strings included; a string that stands alone is documentation."""
    alone = {id(node.value) for node in ast.walk(code) if isinstance(node, ast.Expr)}
    for node in ast.walk(code):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def declared_names(code: ast.Module) -> list[tuple[int, str]]:
    return [(line, text) for line, text in literals(code) if text in WHOLE or ANYWHERE.search(text)]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not body:
        return 0
    return (function.end_lineno or function.lineno) - body[0].lineno + 1


def function_lengths(code: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, body_lines(node)


def mentions(code: ast.Module, *dotted: str) -> list[tuple[int, str]]:
    """Where `name`, `module.name` or `from module import name` occur."""
    found = [(node.lineno, ast.unparse(node)) for node in ast.walk(code) if isinstance(node, ast.Name | ast.Attribute)]
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom):
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return [(line, text) for line, text in found if text in dotted]


def imports(code: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def deferred_imports(code: ast.Module) -> list[tuple[int, str]]:
    functions = [node for node in ast.walk(code) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted({found for function in functions for found in imports(function) if found[1].startswith("importer.")})


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        assert not os.environ.get("CI"), "CI has to have a git checkout, which says what files belong to the project"
        pytest.skip("not a git checkout, so nothing says which files belong to the project")
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True, encoding="utf-8")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("module", [path for path in MODULES if path.name != "entities.py"], ids=name_of)
def test_headings_and_keys_are_declared_only_in_entities(module: Path) -> None:
    namesakes = NAMESAKES.get(name_of(module), ())
    assert [found for found in declared_names(tree(module)) if found[1] not in namesakes] == []


@pytest.mark.parametrize(
    "code",
    [
        f'row["{entities.COURSE_ID.name}"]',
        f'x = "{entities.TITLE.name}"',
        f'f"{{n}} {entities.UNLOCK_TYPE.name} is"',
        f'"{entities.LESSON.record}_{entities.SECTION_TITLE.name}="\nx = "{entities.LESSON.record}_{{}}"',
        f'headings = ("a", "{entities.STATUS_HEADING}")',
    ],
)
def test_a_heading_in_a_string_is_found(code: str) -> None:
    assert len(declared_names(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        f'"""About {entities.COURSE_ID.name}."""',
        f'def f():\n    "The {entities.ID}."\n    return 1',
        f'x = 1\n"""{entities.TITLE.name}"""',
        f'x = "The {entities.TITLE.name} of it"',
        f'x = "{entities.UNLOCK_TYPE.name}s"',
    ],
)
def test_documentation_and_plain_words_are_not_taken_for_headings(code: str) -> None:
    assert declared_names(ast.parse(code)) == []


def test_no_function_is_long() -> None:
    lengths = [(name_of(module), name, lines) for module in MODULES for name, lines in function_lengths(tree(module))]
    assert [found for found in lengths if found[2] > LONGEST_FUNCTION] == []


def test_most_functions_are_short() -> None:
    lengths = [lines for module in MODULES for _, lines in function_lengths(tree(module))]
    assert quantiles(lengths, n=20)[-1] <= LONGEST_OF_MOST


def test_a_docstring_does_not_make_a_function_long() -> None:
    code = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    x = 1\n    return x\n')
    assert list(function_lengths(code)) == [("f", 2)]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_are_short_but_for_declarations(module: Path) -> None:
    lines = len(module.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE or name_of(module) in LONGER_MODULES


@pytest.mark.parametrize("module", [path for path in MODULES if room(path) != "settings"], ids=name_of)
def test_only_settings_reads_the_environment(module: Path) -> None:
    assert mentions(tree(module), "os.environ", "os.getenv", "os.environb", "os.getenvb") == []


ENDS_ITS_OWN_COPY: Final = {"load/apart.py": ["os._exit"]}
"""What ends a process that it started itself, from within."""


@pytest.mark.parametrize("module", [path for path in MODULES if room(path) not in COMMAND_LINE], ids=name_of)
def test_only_the_command_line_prints_or_ends_the_process(module: Path) -> None:
    found = mentions(tree(module), "sys.exit", "os._exit", "exit", "quit", "print", "input", "sys.argv")
    assert [what for _, what in found] == ENDS_ITS_OWN_COPY.get(name_of(module), [])


@pytest.mark.parametrize("module", [path for path in MODULES if room(path) not in DEFERS_IMPORTS], ids=name_of)
def test_imports_stand_at_the_top(module: Path) -> None:
    assert deferred_imports(tree(module)) == []


@pytest.mark.parametrize("module", [path for path in MODULES if room(path) not in SANDBOX_USERS], ids=name_of)
def test_only_the_command_line_and_the_pipeline_know_the_sandbox(module: Path) -> None:
    assert [found for found in imports(tree(module)) if found[1].startswith("importer.sandbox")] == []


def test_what_is_looked_for_in_code_is_found() -> None:
    code = ast.parse("from sys import exit\ndef f():\n    import importer.sandbox\n    os.getenv('A')\n    print(1)\n")
    assert sorted(line for line, _ in mentions(code, "os.getenv", "sys.exit", "print")) == [1, 4, 5]
    assert deferred_imports(code) == [(3, "importer.sandbox")]


# Put together from parts, so that this file does not hold what it looks for.
FOREIGN: Final = tuple(
    text.encode()
    for text in (
        "/".join(("", "work", "")),
        "pypi" + ".org",
        "python" + "hosted",
        "artifact" + "ory",
        "jfrog" + ".io",
        "anaconda" + ".org",
        "--extra-index" + "-url",
        "--find" + "-links",
    )
)


def test_no_file_names_a_place_that_others_do_not_have() -> None:
    found = [(path.name, text) for path in tracked_files() for text in FOREIGN if text in path.read_bytes()]
    assert found == []


PIN: Final = re.compile(
    r"[\w.-]+(?:\[[\w,.-]+\])?==[^\s;]+(?: *;[^\\\n]+)?(?: *\\\n +--hash=sha256:[0-9a-f]{64})+(?=\n|\Z)"
)
"""A version, for which systems it is, and one hash or more."""


def loose(lock: str) -> list[str]:
    """What a lock holds besides versions with their hashes."""
    return [line for line in PIN.sub("", lock).splitlines() if line.strip()]


@pytest.mark.parametrize("lock", ["run.lock", "dev.lock"])
def test_locks_hold_versions_with_hashes_and_nothing_else(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert len(PIN.findall(text)) > 20
    assert loose(text) == []


HASH: Final = f" \\\n    --hash=sha256:{'0' * 64}"


@pytest.mark.parametrize(
    "line",
    [
        "a==1.0",
        f"a>=1.0{HASH}",
        f"a @ https://example.com/a.whl{HASH}",
        "https://example.com/a.whl",
        "--index-url https://example.com/simple",
        "-e .",
        f"a==1.0{HASH[:-1]}",
    ],
)
def test_a_lock_without_a_hash_or_with_an_address_is_found(line: str) -> None:
    assert loose(f"b==2{HASH}\n{line}\nc==3 ; python_version < '3.12'{HASH}{HASH}\n") != []
    assert loose(f"b==2{HASH}\nc==3 ; python_version < '3.12'{HASH}{HASH}\n") == []


def test_nothing_is_installed_but_by_its_hash_or_from_here() -> None:
    installs = re.findall(r"\$pip install[^\n]*", (ROOT / ".ci" / "venv").read_text(encoding="utf-8"))
    assert len(installs) == 2
    assert [one for one in installs if "--require-hashes" not in one and "--no-index" not in one] == []


@pytest.mark.xdist_group("together")
def test_tests_of_one_group_go_to_one_worker(request: pytest.FixtureRequest) -> None:
    """Otherwise each worker would make the costly files of a group anew, and nothing would tell."""
    if not getattr(request.config.option, "loadgroup", False):
        assert not os.environ.get("CI"), "CI spreads the tests by their groups"
        pytest.skip("tests are not spread by their groups; make test does that")
    assert request.node.nodeid.endswith("@together")
