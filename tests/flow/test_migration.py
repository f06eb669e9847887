"""The migration of docs/migration.md, command for command."""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.entities import COURSE, LESSON, SECTION, Entity
from importer.sandbox import Server
from tests.flow.commands import Answer, Run

FENCE = re.compile(
    r"(?:<!-- file: (?P<file>[^,\n]+)(?P<more>, more)? -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```|"
    r"^\| (?P<sheet>\w+) \| (?P<cell>[A-Z]+\d+) \|(?P<says>.*?)\|(?P<should>.*?)\|$",
    re.DOTALL | re.MULTILINE,
)
EXIT_CODE = re.compile(r" # exit code (\d+)$")

Step = Callable[[], None]


class Migration:
    """What a person does who follows the page."""

    def __init__(self, importer: Run, folder: Path) -> None:
        self._importer = importer
        self._folder = folder
        self._printed = ""
        self.commands: list[str] = []

    def follow(self, page: str) -> None:
        """Take every step of the page, in its order."""
        for found in FENCE.finditer(page):
            if found["sheet"]:
                self.correct(found["sheet"], found["cell"], found["says"].strip(), found["should"].strip())
            elif found["file"]:
                self.write(found["file"], found["text"], more=bool(found["more"]))
            elif found["kind"] == "toml":
                self.write("academy.mapping.toml", found["text"], more=False)
            elif found["kind"] == "sh":
                self.type(found["text"].splitlines())
            elif found["kind"] == "text":
                self.see(found["text"].splitlines())

    def write(self, name: str, text: str, *, more: bool) -> None:
        path = self._folder / name
        before = path.read_text(encoding="utf-8") if more else ""
        path.write_text(before + text, encoding="utf-8")

    def correct(self, sheet: str, cell: str, says: str, should: str) -> None:
        path = self._folder / "academy.xlsx"
        book = load_workbook(path)
        assert str(book[sheet][cell].value or "") == says
        book[sheet][cell] = int(should) if should.isdigit() else should
        book.save(path)

    def type(self, lines: list[str]) -> None:
        answers = [self._command(line) for line in lines]
        self._printed = "\n".join(answer.stdout + answer.stderr for answer in answers)

    def _command(self, line: str) -> Answer:
        expected = EXIT_CODE.search(line)
        program, *words = shlex.split(EXIT_CODE.sub("", line))
        assert program == "importer"
        answer = self._importer(*words)
        assert (line, answer.code) == (line, int(expected[1]) if expected else 0), answer
        self.commands.append(line)
        return answer

    def see(self, lines: list[str]) -> None:
        printed = self._printed.splitlines()
        assert [line for line in lines if line not in printed] == [], self._printed


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/migration.md").read_text(encoding="utf-8")


@pytest.fixture
def migration(importer: Run, sample_data: Path, tmp_path: Path) -> Iterator[Migration]:
    (tmp_path / "academy.xlsx").write_bytes((sample_data / "academy.xlsx").read_bytes())
    yield Migration(importer, tmp_path)


def made(service: Server, entity: Entity) -> Counter[str]:
    """The titles of what the academy has, as often as it is there."""
    courses = {one["Id"] for one in service.store.find(COURSE)[0] if one["Title"] in COURSES}
    records = service.store.find(entity)[0]
    return Counter(str(one["Title"]) for one in records if one.get("CourseId", one["Id"]) in courses)


COURSES = ("Barista basics", "Opening and closing the shop")


def test_each_command_of_the_page_does_what_the_page_says(
    migration: Migration, page: str, service: Server, tmp_path: Path
) -> None:
    migration.follow(page)
    assert len(migration.commands) == len(re.findall("^importer ", page, re.MULTILINE))
    found = [made(service, entity) for entity in (COURSE, SECTION, LESSON)]
    assert [len(one) for one in found] == [2, 5, 16]
    assert {number for one in found for number in one.values()} == {1}
    assert (tmp_path / "calendar.svg").stat().st_size > 0


def test_the_mapping_of_the_page_is_that_of_the_sample(page: str, sample_data: Path) -> None:
    text = (sample_data / "academy.mapping.toml").read_text(encoding="utf-8")
    assert f"```toml\n{text}```" in page


def test_files_that_the_page_names_are_there(page: str, root: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page)
    assert links
    assert [link for link in links if not (root / "docs" / link).exists()] == []
