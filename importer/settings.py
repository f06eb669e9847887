"""Settings: defaults, then `.env`, then the environment, then the options of the command line.

With `answer_form`, the sole reader of the environment. `NEXUDUS_…` says who signs in and where; `IMPORTER_…` sets any
option.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from platformdirs import user_state_path
from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

from importer.answer_form import AnswerForm
from importer.choices import Existing
from importer.entities import ENTITIES, LARGEST_WHOLE
from importer.errors import SettingError
from importer.languages import Language
from importer.problems import quoted
from importer.quotas import AtLeastOne, FileLimits, Limits, Seconds
from importer.service_address import SERVICE, is_known, safe_address

__all__ = ["SERVICE", "FileLimits", "Limits", "Settings", "read_settings"]

_EXPECTED: Final[Mapping[str, str]] = {
    "int_parsing": "expected a whole number",
    "int_parsing_size": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "finite_number": "expected a number",
    "bool_parsing": "expected yes or no",
    "greater_than_equal": "expected {ge:g} or more",
    "less_than_equal": "expected {le} or less",
    "enum": "expected {expected}",
}
"""What is said of a value that cannot be used, by pydantic's name for the fault."""
_NOT_REPEATED: Final = frozenset({"token", "username", "password", "totp", "base_url"})
"""Settings that may hold a secret."""

_OF_A_PERSON: Final = frozenset(
    "token username password totp yes lang quiet verbose as_json journal state_dir journal_address trust_env "
    "output force plan dry_run".split()
)
"""Who signs in, where journal and saved plans are, and how a command talks: not part of what a run does."""


class Settings(AnswerForm, Limits, FileLimits):
    """Everything that a command can be told besides its files. Made by `read_settings`."""

    model_config = AnswerForm.model_config

    # Nothing else in the environment means these: Windows has a USERNAME of its own, and others a TOKEN.
    token: SecretStr | None = Field(None, validation_alias="NEXUDUS_TOKEN")
    username: str | None = Field(None, validation_alias="NEXUDUS_USERNAME")
    password: SecretStr | None = Field(None, validation_alias="NEXUDUS_PASSWORD")
    totp: SecretStr | None = Field(None, validation_alias="NEXUDUS_TOTP")
    base_url: str = Field(SERVICE, validation_alias=AliasChoices("NEXUDUS_BASE_URL", "IMPORTER_BASE_URL"))

    kind: str | None = None
    course_id: Annotated[int, Field(ge=1, le=LARGEST_WHOLE)] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    default: Annotated[tuple[str, ...], NoDecode] = ()
    """`FIELD=VALUE` for the blank cells of a column; in the environment separated by semicolons."""
    sheet: Annotated[tuple[str, ...], NoDecode] = ()
    """`NAME=KIND` for the sheets of a workbook to import; in the environment separated by semicolons."""
    mapping: Path | None = None
    """A file that says which heading means which field, and which word which value."""
    suggest_mapping: bool = False
    """Whether `check` only writes such a file."""

    concurrency: Annotated[int, Field(ge=1, le=256)] = 4
    on_existing: Existing = Existing.SKIP
    update_only: bool = False
    """Whether rows that are not in the service are left out."""
    allow_delete: bool = False
    """Whether rows may delete their records."""
    overwrite: bool = False
    """Whether records are updated that were edited since the spreadsheet was made."""
    allow_duplicates: bool = False
    all_or_nothing: bool = False
    limit: AtLeastOne | None = None
    """How many rows are taken, those that differ most; by default all."""
    settle: Seconds = 300.0
    """Seconds after which a record that no list shows is held to be absent."""

    output: Path | None = None
    """Where `plan` saves what it found, to be run later."""
    force: bool = False
    """Whether a file that is there may be replaced, where a command is told what to write."""
    plan: Path | None = None
    """A saved plan: `run` does exactly that, or nothing."""

    verify: bool = False
    """Whether what was written is read back and compared."""
    dry_run: bool = False
    """Whether `undo` only says what it would do."""
    yes: bool = False
    """Whether nobody is asked before the first write."""
    sandbox: bool = False
    """Whether an embedded sandbox stands in for the service."""
    lang: Language = Language.ENGLISH
    """The language of messages; status words, headings, codes and JSON are English in each."""
    quiet: bool = False
    verbose: bool = False

    report_dir: Path | None = None
    journal: Path | None = None
    """The file of the journal; by default one in `state_dir`."""
    state_dir: Path | None = None
    """The folder for what is remembered between runs; by default the user's own for that."""
    journal_address: str | None = None
    """What the journal calls the service, where not by its address: an embedded sandbox has a new port each time."""
    trust_env: bool = False
    """Whether the proxies of the environment are used."""
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 120.0
    answer_timeout: Seconds = 150.0
    """Seconds from sending a request to the last byte of its answer."""

    @property
    def updates(self) -> bool:
        """Whether records that are there are brought up to date."""
        return self.on_existing is Existing.UPDATE

    @property
    def journal_path(self) -> Path:
        """Where the journal is. Never beside the spreadsheet: shared folders copy and lock files."""
        return self.journal or self.state_folder / "journal.sqlite3"

    @property
    def state_folder(self) -> Path:
        """The folder for what is remembered between runs."""
        return self.state_dir or user_state_path("nexudus-course-importer", appauthor=False)

    @property
    def as_given(self) -> dict[str, Any]:
        """The options that say what a run does, as far as they were given; paths in full, and no secrets."""
        own = _OF_A_PERSON | ({"base_url"} if self.journal_address else set())
        given = self.model_dump(mode="json", include=self.model_fields_set - own, exclude_defaults=True)
        paths = {name for name in given if isinstance(getattr(self, name), Path)}
        return {name: os.path.abspath(value) if name in paths else value for name, value in given.items()}

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        return safe_address(value)

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str | None) -> str | None:
        kinds = [entity.kind for entity in ENTITIES]
        if value is not None and value not in kinds:
            raise ValueError(f"expected {', '.join(kinds[:-1])} or {kinds[-1]}")
        return value

    @field_validator("update_only")
    @classmethod
    def _where_records_are_updated(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("on_existing") is not Existing.UPDATE:
            raise ValueError(f"it goes only with --on-existing {Existing.UPDATE}")
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        value = {"tab": "\t", "\\t": "\t"}.get((value or "").lower(), value)
        if value is not None and (len(value) != 1 or value in '"\r\n'):
            raise ValueError("expected one character, such as ; or tab")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                # A report writes what could not be decoded back as it came, so its encoding has to take that.
                "".encode(value, "surrogateescape")
            except (LookupError, UnicodeError) as error:
                raise ValueError("expected the name of an encoding, such as utf-8 or cp1252") from error
        return value

    @property
    def sheets(self) -> Mapping[str, str]:
        """The kinds of the sheets that are named, by their names."""
        return {name: kind.strip().casefold() for name, _, kind in (one.rpartition("=") for one in self.sheet)}

    @field_validator("sheet")
    @classmethod
    def _known_sheets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        kinds = [entity.kind for entity in ENTITIES]
        for one in value:
            name, _, kind = one.rpartition("=")
            if not name.strip() or kind.strip().casefold() not in kinds:
                raise ValueError(f"expected NAME=KIND, such as Week plan={kinds[-1]}, found {quoted(one)}")
        return value

    @field_validator("default", "sheet", mode="before")
    @classmethod
    def _apart(cls, value: object) -> object:
        return tuple(part for part in value.split(";") if part) if isinstance(value, str) else value


def _plain(context: Mapping[str, object]) -> Mapping[str, object]:
    """What pydantic knows of a fault, without the quotes that it puts round choices."""
    return {name: value.replace("'", "") if isinstance(value, str) else value for name, value in context.items()}


def _as_given(name: str, options: Mapping[str, object]) -> str:
    """How a user gave a setting: as an option, or as a variable of the environment (or of `.env`)."""
    if name in options:
        return "--" + name.replace("_", "-")
    return next(iter(_names(name)), f"IMPORTER_{name.upper()}")


def _names(name: str) -> tuple[str, ...]:
    """The variables that mean a setting, where they are not called after it."""
    match Settings.model_fields[name].validation_alias if name in Settings.model_fields else None:
        case str() as alias:
            return (alias,)
        case AliasChoices(choices=choices):
            return tuple(map(str, choices))
        case _:
            return ()


def _setting(named: str) -> str:
    """The setting that pydantic calls by its variable."""
    return next((name for name in Settings.model_fields if named in _names(name)), named)


def read_settings(options: Mapping[str, object] | None = None) -> Settings:
    """Settings from `.env`, the environment and the given options (None: not given).

    Raises `SettingError`, naming the first setting that cannot be used; values of secrets are not repeated.
    """
    return _settings({name: value for name, value in (options or {}).items() if value is not None})


def settings_again(of_run: Mapping[str, object], options: Mapping[str, object]) -> Settings:
    """Settings as a run had them which was given the options `of_run`, but for those that are given now.

    What the environment says now counts for who signs in and where the journal is. Raises `SettingError`.
    """
    usual = {name: field.default for name, field in Settings.model_fields.items() if name not in _OF_A_PERSON}
    return _settings({**usual, **of_run, **{name: value for name, value in options.items() if value is not None}})


def _settings(given: Mapping[str, object]) -> Settings:
    try:
        settings = Settings(**{next(iter(_names(name)), name): value for name, value in given.items()})  # type: ignore[arg-type]  # checked by pydantic, which reports each by name
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = _setting(str(fault["loc"][0])) if fault["loc"] else "settings"
        option = _as_given(name, given)
        known = _EXPECTED.get(fault["type"])
        said = str(fault["msg"]).removeprefix("Value error, ")
        reason = known.format_map(_plain(fault.get("ctx", {}))) if known else said
        is_conflict = fault["type"] == "value_error" and not said.startswith("expected")
        if not is_conflict and name not in _NOT_REPEATED and isinstance(fault["input"], str | int | float):
            reason += f", found {quoted(fault['input'])}"
        raise SettingError(f"{option} cannot be used: {reason}.") from None
    except UnicodeDecodeError:
        raise SettingError("The file .env cannot be read: it is not UTF-8 text.") from None
    if not ("base_url" in given or _is_in_environment("base_url") or is_known(settings.base_url)):
        raise SettingError(
            f"The file .env names {settings.base_url}, where the sign-in would be sent, and that is neither Nexudus "
            "nor this machine. If it is meant, say so with --base-url, or set NEXUDUS_BASE_URL in the environment."
        )
    return settings


def _is_in_environment(name: str) -> bool:
    return not {variable.upper() for variable in os.environ}.isdisjoint(_names(name))


def with_options(settings: Settings, options: Mapping[str, object]) -> Settings:
    """The same settings with these options besides. Raises `SettingError` as `read_settings` does."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return read_settings({**given, **options})
