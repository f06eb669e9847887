"""An earlier run's rows once more: those that it did not bring in, of the same files, with the options that it had."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from importer.again import TO_SEND
from importer.ending import Desk, Ending
from importer.errors import BusyError, RunAccountError, RunFilesError, UndoneRunError
from importer.journal import Account, PastRun
from importer.lock import writer
from importer.model import Former
from importer.online import credentials_for, with_service
from importer.prepare import Prepared, prepare
from importer.problems import Code, Problem
from importer.recall import Recalled, as_answered, recall
from importer.settings import Settings, read_settings, settings_again

_NOT_AGAIN: Final = frozenset({"limit", "plan", "output", "force"})
"""Options of a run that say how much of it is sent, or which plan, and not how."""
_OTHER_ROWS: Final = "so its rows may be others. Import it with importer run: what is there already is not sent twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrial:
    """A run whose rows are to be sent again, and the settings for that."""

    recalled: Recalled
    settings: Settings

    def prepared(self) -> Prepared:
        """Its files, with what it answered. Raises `RunFilesError` where they have changed, and as `prepare` does."""
        run = self.recalled.run
        prepared = prepare(self.recalled.files, self.settings)
        if [book.sha256 for book in prepared.books] != [one.sha256 for one in run.about.inputs]:
            raise RunFilesError(run.id, "a file has changed since the run")
        rows = {row.key: row for row in as_answered(self.recalled, prepared)}
        again = frozenset(key for key, row in rows.items() if row.verdict.outcome in TO_SEND)
        return replace(prepared, former=Former(run_id=run.id, root=run.root, rows=rows, again=again))

    def sent(self, prepared: Prepared, settings: Settings, desk: Desk) -> Ending:
        """Send what is left of it, where anything is. What stops it is part of the ending.

        Raises `RunAccountError`, and `SettingError` before anything is sent.
        """
        run_id = self.recalled.run.id
        if prepared.former is None or not prepared.former.again:
            return Ending(run_id=run_id, problems=(Problem(code=Code.NOTHING_LEFT, details={"run": run_id}),))
        given = credentials_for(settings)
        ensure_same(self.recalled.run, settings.journal_address or settings.base_url, given.account)
        return with_service(prepared, settings, given, desk)


def ensure_same(run: PastRun, address: str, name: str) -> None:
    """Raise `RunAccountError` where the run was made with another account, whose doubts are not this one's."""
    account = Account(address=address, name=name)
    if account != run.account:
        raise RunAccountError(run.id, f"{run.account.name}, {run.account.address}", f"{name}, {address}")


def retrial(name: str, options: Mapping[str, Any]) -> Retrial:
    """The run of that name (see `recall`) with its own options, but for those that are given now.

    Raises `RunError`, `RunFilesError` where its files are not what they were, and `BusyError` where a run of its
    account is still going, be it this one: what that has not answered yet is not left behind.
    """
    settings = read_settings(options)
    recalled = recall(name, settings)
    if recalled.run.about.takes_back:
        raise UndoneRunError(recalled.run.id, recalled.run.about.of_run or "")
    account = recalled.run.account
    if holder := writer(settings.journal_path.parent, account.address, account.name):
        raise BusyError(holder)
    if recalled.why_not:
        raise RunFilesError(name, recalled.why_not)
    own = {option: value for option, value in recalled.run.about.options.items() if option not in _NOT_AGAIN}
    return Retrial(recalled=recalled, settings=settings_again(own, options))
