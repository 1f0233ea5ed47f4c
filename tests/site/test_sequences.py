"""No sequence of edits, dates and commands leaves a site that its files don't give."""

import os
import random
import time
from pathlib import Path

from tests.site.sequences import Walk
from tests.site.small import FIRST, SECOND, small_book

SECONDS = float(os.environ.get("SEQUENCE_SECONDS", "240"))


def test_site_is_that_of_a_build_from_nothing_after_any_sequence(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEQUENCE_SEED", random.randrange(10**6)))
    end = time.monotonic() + SECONDS
    root = small_book(tmp_path / "book")
    walk = Walk(
        root, FIRST, (",4.12,", ",4.08,"), SECOND, random.Random(seed), tmp_path / "from nothing"
    )
    print(f"seed {seed}")
    walk.build()
    while time.monotonic() < end:
        walk.act()
    walk.build()
    print("\n".join(walk.done))
    print(f"{len(walk.done)} acts, {walk.builds} sites, {len(walk.expected)} states")
    assert walk.builds > 2
