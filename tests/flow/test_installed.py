"""The wheel, installed as a user installs it: an empty environment, locked dependencies, another folder."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.installs, pytest.mark.xdist_group("installs")]

Finished = subprocess.CompletedProcess[str]
Run = Callable[..., Finished]


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> Finished:
    words = [str(word) for word in command]
    return subprocess.run(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, root)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what it needs, nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile")
    needs = run(*pip, "--retries", "1", "--require-hashes", "-r", root / "requirements" / "run.lock")
    if "connection broken" in needs.stderr and needs.returncode != 0 and not os.environ.get("CI"):
        pytest.skip("no package index can be reached from here, so nothing could be installed")
    assert needs.returncode == 0, needs.stderr
    own = run(*pip, "--no-deps", "--no-index", wheel)
    assert own.returncode == 0, own.stderr
    return programs


@pytest.fixture
def importer(programs: Path, tmp_path: Path) -> Run:
    """Runs the installed command in an empty folder, away from the checkout."""
    own = {"IMPORTER_STATE_DIR": str(tmp_path / "state"), "PYTHONIOENCODING": "utf-8"}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own
    return lambda *arguments: run(programs / "importer", *arguments, cwd=tmp_path, env=environment)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(root).as_posix() for path in (root / "importer").rglob("*.py")}
    others = {name for name in names if not name.startswith("importer/") and ".dist-info/" not in name}
    assert sources | {"importer/py.typed"} <= names
    assert others == set()


def test_nothing_installed_disagrees_on_versions(programs: Path) -> None:
    checked = run(programs / "python", "-m", "pip", "--disable-pip-version-check", "check")
    assert checked.returncode == 0, checked.stdout


def test_help_names_the_commands(importer: Run) -> None:
    shown = importer("--help")
    assert shown.returncode == 0, shown.stderr
    assert [
        name
        for name in ("check", "plan", "run", "runs", "report", "retry", "template", "sandbox")
        if name not in shown.stdout
    ] == []


def test_a_template_can_be_made_and_is_recognised_as_empty(importer: Run, tmp_path: Path) -> None:
    made = importer("template", "course", "-o", "x.xlsx")
    assert made.returncode == 0, made.stderr
    assert zipfile.is_zipfile(tmp_path / "x.xlsx")
    checked = importer("check", "x.xlsx")
    assert checked.returncode == 2, checked.stdout + checked.stderr
    assert "x.xlsx" in checked.stderr
    assert "Traceback" not in checked.stderr


def test_the_sample_goes_into_the_sandbox_once(importer: Run, tmp_path: Path, root: Path) -> None:
    shutil.copy(root / "sample_data" / "onboarding.xlsx", tmp_path)
    first, second = (importer("run", "onboarding.xlsx", "--sandbox", "--yes", "--json") for _ in range(2))
    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    answer, again = json.loads(first.stdout), json.loads(second.stdout)
    assert answer["counts"]["created"] == len(answer["rows"]) == len(again["rows"]) >= 45
    assert again["requests"]["writes"] == 0
    assert (tmp_path / "onboarding.report.xlsx").is_file()
