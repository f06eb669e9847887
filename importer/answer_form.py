"""Whether an answer is to be a JSON document; a part of the settings that is read also where the others cannot be."""

import contextlib
from collections.abc import Mapping

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class AnswerForm(BaseSettings):
    """What says so in `.env` and the environment."""

    model_config = SettingsConfigDict(
        env_prefix="IMPORTER_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    as_json: bool = Field(False, validation_alias="IMPORTER_JSON")


def asks_for_json(options: Mapping[str, object]) -> bool:
    """Whether the options ask for it, or else the environment or `.env`, as far as they can be read."""
    if options.get("as_json"):
        return True
    for file in (".env", None):
        with contextlib.suppress(ValidationError, UnicodeDecodeError):
            return AnswerForm(_env_file=file).as_json  # type: ignore[call-arg]  # an option of pydantic's, not a field
    return False
