"""Same in, same out: build the book twice, in folders of other names, and compare every byte.

Run it as `python book/verify.py` in the folder of the project; `make verify` does.
"""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

NOT_COPIED = shutil.ignore_patterns(
    "_build", ".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
)


def main() -> int:
    """Build twice and name the files that differ; 0 if none does."""
    with TemporaryDirectory() as folder:
        sites = [build(Path(folder) / name, seed) for name, seed in (("one", 1), ("the other", 2))]
        differing = differences(*sites)
    for name in differing:
        print(f"differs: {name}")
    print(f"Two builds differ in {len(differing)} files." if differing else "Two builds agree.")
    return bool(differing)


def build(copy: Path, seed: int) -> Path:
    """Build a copy of the project in a folder of its own, with its own order of sets.

    Returns the folder of its site. Raises CalledProcessError if the build fails.
    """
    shutil.copytree(Path.cwd(), copy, ignore=NOT_COPIED)
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONHASHSEED": str(seed)}
    program = str(Path(sys.executable).with_name("jupyter-book"))
    subprocess.run(
        [program, "build", "."], cwd=copy, env=env, check=True, stdout=subprocess.DEVNULL
    )
    return copy / "_build" / "html"


def differences(first: Path, second: Path) -> list[str]:
    """Names of the files that are in one of two folders alone, or have other bytes there."""
    names = [
        {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
        for site in (first, second)
    ]
    found = names[0] ^ names[1]
    found |= {
        name
        for name in names[0] & names[1]
        if not filecmp.cmp(first / name, second / name, shallow=False)
    }
    return sorted(name.as_posix() for name in found)


if __name__ == "__main__":
    sys.exit(main())
