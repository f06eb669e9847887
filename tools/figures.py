"""The table of figures in `docs/delivery.md`, from what the commands wrote down that printed them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent.parent / "docs" / "figures"

ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "simulate": {
        "seeds": "Simulated worlds, each with other faults",
        "faults": "Kinds of faults, each of which occurred",
        "moves": "Moves between states, each of which occurred",
        "runs": "Runs of the import in them",
        "posts": "Records sent",
        "broken": "Worlds in which a promise was broken",
        "twins": "Records made twice that no row told of",
    },
    "kills": {
        "points": "Effects at which a small import was killed, each in turn",
        "changes": "Effects at which a small plan of updates and deletions was killed, each in turn",
        "pairs": "Imports that were killed twice, at effects that chance chose",
        "broken": "Promises that broke",
    },
    "mutants": {
        "planted": "Faults planted in the importer",
        "caught": "Planted faults that broke a promise within 1,000 worlds",
    },
    "torture": {
        "kills": "Times that the real command was killed amid its work",
        "twins": "Records made twice",
    },
}
"""What the figures of each command say, by the name of its file."""


def figures_block() -> str:
    """The figures as a table; a command that has not written any is left out."""
    lines = ["| Command | What | How many |", "|---|---|---:|"]
    for name, rows in ROWS.items():
        path = FOLDER / f"{name}.json"
        if path.exists():
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            command = document.get("command", f"make {name}")
            figures: dict[str, int] = document.get("figures", document)
            lines += [f"| `{command}` | {what} | {figures[key]:,} |" for key, what in rows.items() if key in figures]
    return "\n".join(lines)
