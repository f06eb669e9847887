"""Write everything in the repository that follows from the declarations, or check that it is up to date.

    python tools/generate.py [--check]

Templates, sample files, pictures, reference pages, and in the README and the page on delivery each block between
`<!-- generated: NAME -->` and
`<!-- end -->`. With `--check` nothing is written: exit code 1 and the names of the files that are out of date.
"""

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

sys.path.insert(0, str(Path(__file__).parent.parent))

from importer import errors
from importer.derive.docs import exit_codes_block, fields_block, fields_page, outcomes_block, problems_page
from importer.derive.template import template_bytes
from importer.errors import ImporterError
from importer.pacing import LimitSpentError
from tools.command_line import options_block, reading_options_block
from tools.figures import figures_block
from tools.foreign import academy_mapping_block
from tools.pictures import pictures
from tools.samples import sample_files

ROOT: Final = Path(__file__).parent.parent

TEMPLATES: Final = {
    "courses.csv": "courses",
    "sections.csv": "sections",
    "lessons.csv": "lessons",
    "course.xlsx": "course",
}

_ERRORS: Final[list[type[ImporterError]]] = [
    one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, ImporterError)
]
STOPS: Final[tuple[type[ImporterError], ...]] = (*(one for one in _ERRORS if one is not ImporterError), LimitSpentError)
"""What can end a whole command."""

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/fields.md": fields_page,
    "docs/problems.md": partial(problems_page, STOPS),
}

BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "fields": fields_block,
    "options": options_block,
    "reading-options": reading_options_block,
    "outcomes": outcomes_block,
    "exit-codes": exit_codes_block,
    "figures": figures_block,
    "academy-mapping": academy_mapping_block,
}
"""What a marked block can hold."""

WITH_BLOCKS: Final = ("README.md", "docs/delivery.md", "docs/migration.md")
_BLOCK: Final = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def generated() -> dict[Path, bytes]:
    """Every generated file with the content that it should have."""
    files = {ROOT / "templates" / name: template_bytes(kind, Path(name)) for name, kind in TEMPLATES.items()}
    files |= {ROOT / name: page().encode() for name, page in PAGES.items()}
    files |= sample_files()
    files |= pictures()
    for path in (ROOT / name for name in WITH_BLOCKS):
        if path.exists():
            files[path] = with_blocks(path.read_text(encoding="utf-8")).encode()
    return files


def with_blocks(text: str) -> str:
    """The text with its marked blocks filled anew; `KeyError` for a block that there is nothing for."""
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match['name']]()}\n\n{match[3]}", text)


def same(path: Path, content: bytes) -> bool:
    """Whether the file holds that content, whatever its compression or its line ends."""
    if not path.exists():
        return False
    present = path.read_bytes()
    if path.suffix == ".xlsx":
        return _members(present) == _members(content)
    return present.replace(b"\r\n", b"\n") == content.replace(b"\r\n", b"\n")


def _members(workbook: bytes) -> dict[str, bytes]:
    try:
        with ZipFile(BytesIO(workbook)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except BadZipFile:
        return {}


def stale(files: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """The files that are not there or hold something else."""
    return {path: content for path, content in files.items() if not same(path, content)}


def write(files: Mapping[Path, bytes]) -> None:
    """Write them, with the folders that they need."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    files = stale(generated())
    names = ", ".join(path.relative_to(ROOT).as_posix() for path in files)
    if "--check" in arguments:
        if files:
            print(f"Out of date: {names}. Run: python tools/generate.py", file=sys.stderr)
        return 1 if files else 0
    write(files)
    print(f"Written: {names}." if files else "Everything is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
