"""What the account may do, and how large a file may be: the limits that settings can change."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Limits(BaseModel):
    """What the account may do, as the service publishes it; 0 means no limit."""

    model_config = ConfigDict(frozen=True)

    writes_per_minute: Count = 60
    writes_per_day: Count = 5000
    requests_per_minute: Count = 120
    requests_per_hour: Count = 5000
    """Of the published limits only 200,000 requests a day is not here: this one allows 120,000."""
    min_interval: Seconds = 0.1
    """Seconds between two sendings."""


AtLeastOne = Annotated[int, Field(ge=1)]


class FileLimits(BaseModel):
    """How large a file may be. What is larger is refused before it is read.

    With these, reading a file needs at most about 3 GiB of memory, and Excel's 1,048,576 rows are let through.
    """

    model_config = ConfigDict(frozen=True)

    max_file_mb: AtLeastOne = 512
    """MiB of the file as it is on disk."""
    max_unpacked_mb: AtLeastOne = 1024
    """MiB of a workbook when it is unpacked, every cell with its whole text."""
    max_ratio: AtLeastOne = 100
    """How many times larger than packed; a workbook of at most `SMALL_MB` unpacked may be anything."""
    max_entries: AtLeastOne = 10_000
    """Files that are packed in a workbook."""
    max_rows: AtLeastOne = 1_048_576
    """The highest row number of a sheet."""
    max_columns: AtLeastOne = 1_000
    max_cells: AtLeastOne = 20_000_000
    """Rows times columns, as far as cells reach: blank cells between them take room, too."""
    max_characters: AtLeastOne = 1_000_000
    """Of one cell. A longer cell is a problem of its row."""
    max_memory_mb: AtLeastOne = 4096
    """MiB that reading a workbook may take, where the system can hold it to that (Linux)."""
    max_seconds: AtLeastOne = 600
    """Seconds of computing that reading a workbook may take, where the system can hold it to that (Linux)."""
