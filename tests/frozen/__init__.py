"""The chapters and releases as they stood once: what tests that assert values compute from.

A study, a finding or a chapter that is added to the book is not in them, so that it changes no
value that a test knows. Tests outside tests/site find them wherever `analysis` would read the data
of the book; those name `LIVE`, and ask of it only what holds whatever is added. What all chapters
share, the dictionary and the schemas, is that of the book: it belongs to the code.

They are renewed when tests are to know newer data, or when a chapter's files must have another
form, by `rm -r tests/frozen/data && cp -r data tests/frozen && rm tests/frozen/data/*.yml`; each
value that has moved is then looked at. No other time, and no file alone.
"""

import shutil
from pathlib import Path

LIVE = Path(__file__).parents[2] / "data"
FROZEN = Path(__file__).parent / "data"


def whole(data: Path) -> Path:
    """Copy the frozen chapters and what they share to the new folder `data`, and return that."""
    shutil.copytree(FROZEN, data)
    for shared in LIVE.glob("*.yml"):
        shutil.copy(shared, data)
    return data
