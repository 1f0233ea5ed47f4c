"""A release is read only as it was released: every edit, and what is no release, is refused."""

import hashlib
import json
from pathlib import Path

import pytest

from analysis.versions import releases
from tests.edits import NO_FILE, Edit, cases, removed, replaced, written

pytestmark = pytest.mark.usefixtures("no_hang")

ENTRY = {
    **{"id": "paper.a.b", "url": "book/paper.html#paper.a.b", "label": "A number", "unit": ""},
    **{"reported": {"value": "1"}, "qualifier": "", "verdict": "reproduced"},
}
DOCUMENT = {"version": "2025.1.0", "released": "2026-11-21", "results": [ENTRY], "living": []}
ROWS = "chapter,study,outcome,in_review,added\npaper,Ada 2020,score,yes,2026-11-20\n"


def release(
    document: object = DOCUMENT,
    rows: str | bytes = ROWS,
    name: str = "2025.1.0",
    forged: bool = True,
) -> Edit:
    """A release of its own; `forged` gives it the digests of what it holds."""

    def edit(data: Path) -> None:
        folder = data / "releases" / name
        folder.mkdir(parents=True, exist_ok=True)
        text = document if isinstance(document, str) else json.dumps(document)
        contents = {
            "results.json": text.encode(),
            "studies.csv": rows if isinstance(rows, bytes) else rows.encode(),
        }
        sums = ""
        for file, content in contents.items():
            (folder / file).write_bytes(content)
            sums += f"{hashlib.sha256(content).hexdigest()}  {file}\n"
        if forged:
            (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")

    return edit


def made(make: Edit, file: str) -> Edit:
    """Put something into the place of a file of the release."""
    return lambda data: make(data / RELEASED / file)


HERE = "data/releases/2025.1.0"
RESULTS, TABLE, SUMS = (f"{HERE}/{name}" for name in ("results.json", "studies.csv", "SHA256SUMS"))
UNCHANGED = "must be as it was released: its digest is not that in SHA256SUMS"
RELEASED = "releases/2025.1.0"

RELEASES: dict[str, tuple[list[Edit], str, str]] = {
    "number changed": (
        [replaced(f"{RELEASED}/results.json", '"value": "1"', '"value": "2"')],
        RESULTS,
        UNCHANGED,
    ),
    "day changed": (
        [replaced(f"{RELEASED}/results.json", "2026-11-21", "2026-11-20")],
        RESULTS,
        UNCHANGED,
    ),
    "version changed": (
        [replaced(f"{RELEASED}/results.json", "2025.1.0", "2025.2.0")],
        RESULTS,
        UNCHANGED,
    ),
    "cut": ([release(json.dumps(DOCUMENT)[:80], forged=False)], RESULTS, UNCHANGED),
    "empty": ([release("", forged=False)], RESULTS, UNCHANGED),
    "row changed": ([replaced(f"{RELEASED}/studies.csv", "yes", "no")], TABLE, UNCHANGED),
    "row removed": ([release(rows=ROWS.split("\n")[0], forged=False)], TABLE, UNCHANGED),
    "rows empty": ([release(rows="", forged=False)], TABLE, UNCHANGED),
    "rows not UTF-8": (
        [release(rows=b"chapter,\xff\n", forged=False)],
        f"{TABLE}:1",
        "must be UTF-8",
    ),
    "no results": ([removed(f"{RELEASED}/results.json")], RESULTS, "cannot be read"),
    "no rows": ([removed(f"{RELEASED}/studies.csv")], TABLE, "cannot be read"),
    "no digests": ([removed(f"{RELEASED}/SHA256SUMS")], SUMS, "cannot be read"),
    "digests of nothing": ([written(f"{RELEASED}/SHA256SUMS", b"")], RESULTS, UNCHANGED),
    "folder named otherwise": (
        [lambda data: (data / RELEASED).rename(data / "releases" / "new")],
        "data/releases/new",
        "must be the folder of a version",
    ),
    "folder of two numbers": (
        [release(name="2025.2")],
        "data/releases/2025.2",
        "must be the folder of a version",
    ),
    "folder in other digits": (
        [release(name="٢٠٢٥.1.0")],
        "data/releases/٢٠٢٥.1.0",
        "must be the folder of a version",
    ),
    "file among the folders": (
        [lambda data: (data / "releases" / "notes.txt").write_text("x")],
        "data/releases/notes.txt",
        "must be the folder of a version",
    ),
    "folder of another version": (
        [release(name="2025.2.0")],
        "data/releases/2025.2.0/results.json: version",
        "must be that of its folder, 2025.2.0, got 2025.1.0",
    ),
    "earlier day": (
        [release({**DOCUMENT, "version": "2025.2.0", "released": "2026-01-01"}, name="2025.2.0")],
        "data/releases/2025.2.0/results.json: released",
        "must not be before that of 2025.1.0, 2026-11-21",
    ),
    # With digests that fit, as nobody makes them by chance:
    "forged, cut": ([release('{"version":\n"2025')], f"{RESULTS}:2", "is not well-formed JSON"),
    "forged, empty": ([release("")], f"{RESULTS}:1", "is not well-formed JSON"),
    "forged, a list": ([release([])], RESULTS, "is no document of results"),
    "forged, a number": ([release(3)], RESULTS, "is no document of results"),
    "forged, in depth": ([release("[" * 99_999)], RESULTS, "is no document of results"),
    "forged, infinite": (
        [release(json.dumps({**DOCUMENT, "k": float("inf")}))],
        RESULTS,
        "Infinity is no number of JSON",
    ),
    "forged, no number": (
        [release(json.dumps({**DOCUMENT, "k": float("nan")}))],
        RESULTS,
        "NaN is no number of JSON",
    ),
    "forged, without a day": (
        [release({"version": "2025.1.0"})],
        RESULTS,
        "is no document of results",
    ),
    "forged, of tomorrow": (
        [release({**DOCUMENT, "released": "2099-01-01"})],
        RESULTS,
        "is no document of results",
    ),
    "forged, results a mapping": (
        [release({**DOCUMENT, "results": {"a": 1}})],
        RESULTS,
        "is no document of results",
    ),
    "forged, results of texts": (
        [release({**DOCUMENT, "results": ["a"]})],
        RESULTS,
        "is no document of results",
    ),
    "forged, an id that is a list": (
        [release({**DOCUMENT, "results": [{**ENTRY, "id": []}]})],
        RESULTS,
        "is no document of results",
    ),
    "forged, an entry without its value": (
        [release({**DOCUMENT, "results": [{"id": "paper.a.b"}]})],
        RESULTS,
        "is no document of results",
    ),
    "forged, rows without a header": ([release(rows="")], TABLE, "is empty"),
    "forged, rows of another table": (
        [release(rows="study\nA\n")],
        f"{TABLE}:1",
        "must have the columns chapter, study, outcome, in_review, added",
    ),
    **{
        f"forged, cells {what}": (
            [release(rows=ROWS.replace("\n", ",cells\n", 1).replace("-20\n", f"-20,{cells}\n"))],
            f"{TABLE}:2: cells",
            "must be the cells of a row, as JSON",
        )
        for what, cells in (("cut", "{"), ("a list", "[]"), ("of numbers", '"{""n"": 1}"'))
    },
    "forged, rows ragged": ([release(rows=ROWS + "a\n")], f"{TABLE}:3", "must have 5 cells"),
    **{
        f"{make.__name__} in the place of {file}": (
            [removed(f"{RELEASED}/{file}"), made(make, file)],
            f"{HERE}/{file}",
            says,
        )
        for make, says in NO_FILE.items()
        for file in ("results.json", "studies.csv", "SHA256SUMS")
    },
}


@cases(RELEASES)
def test_release_that_is_not_as_it_was_is_refused(
    tmp_path: Path, case: tuple[list[Edit], str, str]
) -> None:
    edits, place, says = case
    data = tmp_path / "data"
    for edit in (release(), *edits):
        edit(data)
    [fault] = map(str, releases.check(data))
    assert fault.startswith(f"{place}: ")
    assert says in fault
    releases.releases.forget()


def test_release_is_read_whatever_the_ends_of_its_lines(tmp_path: Path) -> None:
    data = tmp_path / "data"
    release(json.dumps(DOCUMENT, indent=1))(data)
    for path in (data / RELEASED).glob("[rs]*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert releases.check(data) == []
    [read] = releases.releases(data)
    assert read.rows == (("paper", "Ada 2020", "score", "yes", "2026-11-20"),)
    releases.releases.forget()
