"""What it costs to refuse files that were made to cost time and memory: seconds and peak memory, each in a process.

python benchmarks/hostile.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from checking import measured

from tests.hostile import READ, REFUSED

START = "import importer.load"
LOAD = """
import sys
from importer.errors import FileError
from importer.load import load
try:
    load(sys.argv[1])
except FileError:
    sys.exit(2)
"""


def answer(path: Path) -> str:
    """How the loader ends."""
    code = subprocess.run([sys.executable, "-c", LOAD, str(path)], check=False, capture_output=True).returncode
    return {0: "read", 2: "refused"}.get(code, f"exit code {code}")


def main() -> None:
    """Make each file, load it, and print the table."""
    seconds, peak = measured([sys.executable, "-c", START])
    print(f"{'':45}{'KB':>9}{'s':>8}{'MiB':>7}")
    print(f"{'(the start alone)':45}{'':>9}{seconds:8.2f}{peak:7.0f}")
    makers = {name: make for name, (_, make) in REFUSED.items()} | dict(READ)
    with tempfile.TemporaryDirectory() as folder:
        for name, make in makers.items():
            path = Path(folder) / name
            make(path)
            seconds, peak = measured([sys.executable, "-c", LOAD, str(path)])
            print(f"{name:45}{path.stat().st_size / 1e3:9,.0f}{seconds:8.2f}{peak:7.0f}  {answer(path)}")
            path.unlink()


if __name__ == "__main__":
    main()
