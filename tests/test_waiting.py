"""A chapter whose studies wait for data, and a copy of it in which they are filled in."""

import csv
import shutil
from pathlib import Path

from analysis import validation
from analysis.folders import DATA
from analysis.ledger import ledger
from analysis.verdicts import Verdict

ARMS = {
    "n_treated": 8,
    "sd_treated": 4.0,
    "n_control": 8,
    "mean_control": 22.0,
    "sd_control": 4.1,
}


def test_filled_studies_turn_a_waiting_pool_into_a_recomputation(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    path = data / "bone-regeneration" / "studies.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for place, row in enumerate(rows):
            writer.writerow({**row, **ARMS, "mean_treated": 30 + place / 4})
    pool = "bone-regeneration.overall.smd"
    assert ledger(DATA).entries[pool].verdict is Verdict.NOT_RECOMPUTABLE
    filled = ledger(data).entries[pool]
    assert filled.verdict is Verdict.DISCREPANT
    assert filled.recomputed["value"] > 0
    assert not validation.check(data)
