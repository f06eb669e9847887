"""What the cells say never becomes the name of a file, whatever a title looks like."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from importer import pipeline
from importer.entities import LESSON
from importer.export import Chosen
from importer.sandbox import NO_LIMITS, OPS, Server
from importer.settings import Settings, read_settings
from tests.builders import settings_for
from tests.flow.commands import LESSON_HEADINGS, write_csv
from tests.flow.test_export_again import Unseen

ODD = (
    "../../x",
    "..",
    ".",
    "/etc/x",
    "C:\\x",
    "\\\\host\\x",
    "CON",
    "nul.csv",
    "a:b",
    "x.",
    "x ",
    "-rf",
    "~",
    "*?",
    "x" * 250,
)
TITLES = st.lists(
    st.sampled_from(ODD) | st.text("./\\:.~-aCON %\u202e\u2044", min_size=1, max_size=300),
    min_size=1,
    max_size=6,
    unique_by=lambda title: " ".join(title.split()).casefold(),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(limits=NO_LIMITS) as server:
        yield server


def sheet(path: Path, titles: list[str], section: str = "") -> None:
    rows = [[101, section, title, n, "Immediate", "Visited", "yes"] for n, title in enumerate(titles, 1)]
    write_csv(path, LESSON_HEADINGS, [*rows, [101, "", "", 99, "Immediate", "Visited", "yes"]])


def made_by(act: Callable[[Path], object], titles: list[str]) -> set[str]:
    """The files that are there afterwards, anywhere around, from the folder in which the sheet lies."""
    with TemporaryDirectory() as around:
        folder = Path(around, "one", "two")
        folder.mkdir(parents=True)
        sheet(folder / "a.csv", titles)
        act(folder)
        return {path.relative_to(folder.parent.parent).as_posix() for path in Path(around).rglob("*") if path.is_file()}


def settings_in(folder: Path, server: Server) -> Settings:
    own = {"username": OPS.name, "password": OPS.password, "state_dir": folder / "state"}
    return settings_for(server, **own, settle=0)


REPORTS = {"one/two/a.csv", "one/two/a.report.csv", "one/two/a.errors.csv"}


@settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(titles=TITLES)
def test_a_check_writes_its_two_reports_and_nothing_else(titles: list[str]) -> None:
    given = read_settings({})
    assert made_by(lambda folder: pipeline.check([str(folder / "a.csv")], given), titles) == REPORTS


@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(titles=TITLES)
def test_a_run_and_an_export_have_names_of_their_own_too(titles: list[str], server: Server) -> None:
    def act(folder: Path) -> None:
        given = settings_in(folder, server)
        pipeline.run([str(folder / "a.csv")], given)
        pipeline.export(str(folder / "out"), Chosen(ids=(101,)), given, Unseen())

    made = made_by(act, titles)
    for record in server.store.find(LESSON)[0]:
        server.store.delete(LESSON, int(str(record["Id"])))
    kept = {name for name in made if not name.startswith("one/two/state/")}
    exported = {"one/two/out/courses.csv", "one/two/out/lessons.csv"}
    assert kept == REPORTS | exported
    assert {name.rpartition("/")[2].partition("-")[0].split(".")[0] for name in made - kept} <= {"journal", "writer"}
