"""What stops a whole command, grouped by what the caller does about it.

    ImporterError
    ├── FileError       2  mend the file
    ├── SettingError    2  mend a setting or an option
    ├── SignInError     3  mend the sign-in or the account's roles
    └── TryLaterError   4  run the same command again later

The number is the exit code of the command line. Faults in the data are not here: they are `Problem` values.
A message is one clear sentence, and holds neither a secret nor the body of an answer.
"""

from pathlib import Path
from typing import ClassVar


class ImporterError(Exception):
    """A command cannot go on. `code` is stable; `exit_code` is what the command line ends with."""

    code: ClassVar[str] = "importer-error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        """Let it pass from one process to another with what it says, whatever it was made of."""
        return _said_again, (type(self), self.message), self.__dict__

    @property
    def short(self) -> str:
        """What is wrong, for within another message."""
        return self.message.rstrip(".")


def _said_again(kind: type[ImporterError], message: str) -> ImporterError:
    return kind.__new__(kind, message)


class FileError(ImporterError):
    """The file has to be mended before anything can be done with it."""

    code = "file-error"


class FileMissingError(FileError):
    """There is no such file, or it is a folder, or it may not be read."""

    code = "file-missing"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}.")


class EmptyFileError(FileError):
    """The file holds nothing, or headings without a row under them."""

    code = "file-empty"

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"{file}: {what}.")


class NotASpreadsheetError(FileError):
    """The content is none of the kinds that can be read, or it is damaged or locked."""

    code = "not-a-spreadsheet"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}.")


class TooLargeError(FileError):
    """The file, or what is packed in it, is larger than the limits allow, which settings raise."""

    code = "too-large"

    def __init__(self, place: str, reason: str, advice: str, setting: str) -> None:
        super().__init__(f"{place}: {reason}; {advice}, or allow more with IMPORTER_{setting.upper()}.")


class MemoryForFileError(FileError):
    """There is not enough memory to read the file."""

    code = "memory-for-file"

    def __init__(self, file: str) -> None:
        super().__init__(f"{file}: there is not enough memory to read it; close other programs, or split the file.")


class BrokenReaderError(FileError):
    """What reads the file broke, or stood still."""

    code = "broken-reader"

    def __init__(self, file: str) -> None:
        super().__init__(
            f"{file}: it cannot be read to its end: it is damaged, or reading it takes more memory than there is; open "
            "it in Excel and save it as a new workbook, or split it into smaller files."
        )


class HeadingError(FileError):
    """A required column is missing, or a heading is there twice."""

    code = "headings"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}.")


class NothingToImportError(FileError):
    """No sheet of the file can be imported."""

    code = "nothing-to-import"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}.")


class SettingError(ImporterError):
    """A setting or an option has to be mended."""

    code = "setting"


class DefaultError(SettingError):
    """An option `--default FIELD=VALUE` names no field, or a value that the field cannot have."""

    code = "default"

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(f'--default "{option}" cannot be used: {reason}.')


class MappingError(SettingError):
    """A mapping file cannot be read, or says something that cannot be."""

    code = "mapping"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"The mapping {file} cannot be used: {reason}.")


class SuggestionError(SettingError):
    """A suggested mapping cannot be written."""

    code = "suggestion"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The mapping cannot be written to {path}: {reason}.")


class PlanFileError(SettingError):
    """A saved plan cannot be written or read, or is not one for these files and options."""

    code = "plan-file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The plan {path} cannot be used: {reason}.")


class PlanChangedError(SettingError):
    """The files or the service are not as they were when a plan was saved."""

    code = "plan-changed"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Nothing was sent: {path} was planned from what was there then, and something changed since. Plan again, "
            f"look at it, and run that."
        )


class NoCredentialsError(SettingError):
    """There is neither a token nor a user name with its password."""

    code = "no-credentials"

    def __init__(self) -> None:
        super().__init__(
            "No sign-in was given: set NEXUDUS_TOKEN, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD, in the environment "
            "or in a file named .env (or try the command with --sandbox)."
        )


class RunError(SettingError):
    """A run that was named is not known, or what is asked of it cannot be done."""

    code = "run"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f'Run "{name}": {reason}.')


class RunFilesError(SettingError):
    """The files of a run are not what they were, so what it answered for their rows may be about others."""

    code = "run-files"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f'Run "{name}" cannot be taken up: {reason}. Import the file with importer run: what is there already is '
            f"not sent twice."
        )


class RunAccountError(SettingError):
    """A run was made with another account than that of the sign-in."""

    code = "run-account"

    def __init__(self, name: str, before: str, now: str) -> None:
        super().__init__(f'Run "{name}" was made with another account ({before}), not with {now}. Sign in as then.')


class UndoneRunError(SettingError):
    """A run that took back another one cannot be taken back or sent again."""

    code = "undone-run"

    def __init__(self, name: str, of_run: str) -> None:
        super().__init__(
            f'Run "{name}" took back another one: importer undo {of_run} goes on with that, and importer run FILE '
            f"brings its rows in anew."
        )


class ReportPlaceError(SettingError):
    """Reports cannot be written where they should go."""

    code = "report-place"

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(
            f"The report cannot be written to {folder}: {reason}. Choose another folder with --report-dir."
        )


class JournalError(SettingError):
    """The journal cannot be opened or written, so nothing may be sent."""

    code = "journal"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The journal {path} cannot be used: {reason}. Choose another place with --journal.")
        self.reason = reason


class EnvironmentSettingError(SettingError):
    """A variable that the whole system shares, and that was to be used, cannot be. Its value is not repeated."""

    code = "environment"

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable} in the environment, which IMPORTER_TRUST_ENV uses, cannot be used: {reason}.")


class TemplateError(SettingError):
    """A template of that kind cannot be written under that name."""

    code = "template"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The template cannot be written to {path}: {reason}.")


class DrawingError(SettingError):
    """An outline cannot be drawn to that file."""

    code = "drawing"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The outline cannot be drawn to {path}: {reason}.")


class CourseMissingError(SettingError):
    """The course that is asked for is not there."""

    code = "course-missing"

    def __init__(self, course: int) -> None:
        super().__init__(f"There is no course {course} in Nexudus, or this account cannot see it.")


class ExportError(SettingError):
    """An export cannot be made like that, or cannot be written there."""

    code = "export"


class SignInError(ImporterError):
    """The service refused the sign-in, or a role is missing."""

    code = "sign-in"
    exit_code = 3


class TryLaterError(ImporterError):
    """Nothing is wrong with file or settings: the same command works later."""

    code = "try-later"
    exit_code = 4


class UnreachableError(TryLaterError):
    """The service could not be reached, or gave no usable answer; `is_amid` says that rows were sent before."""

    code = "unreachable"

    def __init__(self, address: str, reason: str, *, is_amid: bool = False) -> None:
        self.address = address
        self.reason = reason
        do = "Run the same command again later: it goes on where it stopped."
        super().__init__(f"{self.short}. {do if is_amid else 'Nothing was sent; run the same command again later.'}")

    @property
    def short(self) -> str:
        """What is wrong, without what follows from it."""
        return f"{self.address} could not be reached: {self.reason}"


class JournalBrokeError(TryLaterError):
    """The journal could not be written in the middle of a run, so the run stopped."""

    code = "journal-broke"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"The journal {path} could not be written ({reason}), so nothing more was sent. Make room for it, or "
            f"choose another place with --journal; then run the command again."
        )


class OutOfMemoryError(TryLaterError):
    """There is not enough memory for what the command does."""

    code = "out-of-memory"

    def __init__(self) -> None:
        super().__init__(
            "There is not enough memory. Close other programs, or split the spreadsheet into smaller files; then run "
            "the command again: what is there already is not sent twice."
        )


class BusyError(TryLaterError):
    """Another run is writing with the same account."""

    code = "busy"

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Another run is writing with this account ({holder}). Wait for it, then run the command again."
        )
