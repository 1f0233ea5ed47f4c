"""Same in, same out: build the book twice, in folders of other names, and compare every byte.

Run it as `python -m book.verify` in the folder of the project; `make verify` does.
"""

import filecmp
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from book.copies import build, copy_project

Compare = Callable[[Path, Path], bool]

same_bytes: Compare = partial(filecmp.cmp, shallow=False)


def main() -> int:
    """Build twice and name the files that differ; 0 if none does."""
    with TemporaryDirectory() as folder:
        # Each with an order of its own for what is in a set.
        sites = [
            build(copy_project(Path(folder) / name), PYTHONHASHSEED=seed)
            for name, seed in (("one", "1"), ("the other", "2"))
        ]
        differing = differences(*sites)
    for name in differing:
        print(f"differs: {name}")
    print(f"Two builds differ in {len(differing)} files." if differing else "Two builds agree.")
    return bool(differing)


def differences(first: Path, second: Path, *, same: Compare = same_bytes) -> list[str]:
    """Names of the files that are in one of two folders alone, or are not the same there."""
    names = [
        {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
        for site in (first, second)
    ]
    found = names[0] ^ names[1]
    found |= {name for name in names[0] & names[1] if not same(first / name, second / name)}
    return sorted(name.as_posix() for name in found)


if __name__ == "__main__":
    sys.exit(main())
