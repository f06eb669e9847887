"""A saved plan taken up by a run: the files and options that it was made with, or a word about what does not agree."""

from collections.abc import Sequence
from pathlib import Path

from importer.errors import PlanFileError
from importer.saved_plan.file import read_plan
from importer.saved_plan.form import SavedPlan
from importer.saved_plan.making import MATTERS, account_of, options_of, service_of
from importer.settings import Settings, with_options


def take_up(path: Path, files: Sequence[str], settings: Settings) -> tuple[SavedPlan, Sequence[str], Settings]:
    """The saved plan, its files (by other names, where they are given), and the settings that it was made with.

    Nothing that could lead elsewhere is taken from the file: the service is the one that is set. Raises
    `PlanFileError`, and `SettingError` for an option that cannot be.
    """
    saved = read_plan(path)
    if saved.service != service_of(settings):
        raise PlanFileError(path, f"it was made for the service {saved.service}, and this is {service_of(settings)}")
    who = account_of(settings)
    if None not in (saved.account, who) and saved.account != who:
        raise PlanFileError(path, f"it was made by {saved.account}, and {who} signs in now")
    if files and len(files) != len(saved.files):
        raise PlanFileError(path, f"it was made from another number of files than are given ({len(saved.files)})")
    return saved, files or [one.name for one in saved.files], _with_options(path, saved, settings)


def _with_options(path: Path, saved: SavedPlan, settings: Settings) -> Settings:
    if set(saved.options) != set(MATTERS):
        raise PlanFileError(path, "another version of the importer saved it; plan again")
    present = options_of(settings)
    for name, value in saved.options.items():
        if name in settings.model_fields_set and present[name] != value:
            raise PlanFileError(path, f"it was made with another {_option(name)}; leave that out, or plan again")
    return with_options(settings, saved.options)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
