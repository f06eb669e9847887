"""The file of a saved plan: put in its place whole or not at all, for its owner alone, and read with distrust."""

import json
import os
import time
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import ValidationError

from importer.errors import PlanFileError
from importer.report.saving import save
from importer.saved_plan.form import FORMAT, VERSION, SavedPlan

ENDING: Final = ".plan.json"
_LARGEST: Final = 512 * 1024 * 1024
"""Bytes of such a file that are read."""
_EXPECTED: Final = {
    "missing": "it is missing",
    "extra_forbidden": "nothing is known by that name",
}
"""What is said of a part of the file, by pydantic's name for the fault."""


def ensure_free(path: Path, *, force: bool) -> None:
    """Find out whether a plan can be saved under that name. Raises `PlanFileError`."""
    if not path.name.lower().endswith(ENDING) or path.name.lower() == ENDING:
        raise PlanFileError(path, f"its name has to end in {ENDING}")
    if not path.parent.is_dir():
        raise PlanFileError(path, "there is no such folder")
    if os.path.lexists(path) and not force:
        raise PlanFileError(path, "a file of that name is there already; --force replaces it")


def keep(plan: SavedPlan, path: Path, *, force: bool) -> None:
    """Save a plan. Raises `PlanFileError`, and then leaves everything as it was."""
    ensure_free(path, force=force)
    content = plan.model_dump_json(indent=1).encode()

    def fill(sink: BinaryIO) -> None:
        sink.write(content)

    claimed = False
    try:
        if not force:
            # The name is taken at once, so that nobody else's file can come to stand there meanwhile.
            path.open("x").close()
            claimed = True
        save(path, fill, instead=(), sleep=time.sleep)
    except FileExistsError:
        raise PlanFileError(path, "a file of that name is there already; --force replaces it") from None
    except OSError as error:
        if claimed:
            path.unlink(missing_ok=True)
        raise PlanFileError(path, (error.strerror or str(error)).lower()) from None


def read_plan(path: Path) -> SavedPlan:
    """The plan that a file holds. Raises `PlanFileError` where it is none, or one that was damaged."""
    try:
        if path.stat().st_size > _LARGEST:
            raise PlanFileError(path, "it is too large for a plan")
        content = path.read_bytes()
    except OSError as error:
        raise PlanFileError(path, (error.strerror or str(error)).lower()) from None
    _ensure_ours(path, content)
    try:
        return SavedPlan.model_validate_json(content)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
        part = ".".join(str(one) for one in fault["loc"])
        said = _EXPECTED.get(fault["type"], "it is not what it should be")
        raise PlanFileError(path, f'it was damaged or changed ("{part}": {said}); plan again') from None


def _ensure_ours(path: Path, content: bytes) -> None:
    """Tell what is no plan at all, or one of another version, before its parts are looked at."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise PlanFileError(path, "it is no plan, or only a part of one") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise PlanFileError(path, "it is not a plan that importer plan -o has saved")
    if found.get("version") != VERSION:
        raise PlanFileError(path, "another version of the importer saved it; plan again")
