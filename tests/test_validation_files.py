"""Every kind of bad file is named, and every other way of saving a good one is taken."""

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from analysis import folders, inputs, tables, validation
from analysis.dictionary import EFFECT
from analysis.dictionary import tables as dictionary
from tests.edits import (
    CHAPTER,
    FLOW,
    LAST,
    LINE,
    REPORTED,
    REVIEW,
    STUDIES,
    Edit,
    cases,
    cell,
    each,
    entry,
    faults_after,
    located,
    raw,
    removed,
    replaced,
    written,
)


def header(old: str, new: str) -> Edit:
    return replaced(STUDIES, old, new)


def first_line(raw_file: bytes) -> bytes:
    return raw_file.splitlines(keepends=True)[0]


FILES: dict[str, tuple[Edit, Sequence[str]]] = {
    "missing column": (
        lambda data: drop_column(data / STUDIES, "location"),
        [":1: location: is missing from the header"],
    ),
    "extra column": (
        cell(STUDIES, LINE, colour="red"),
        [":1: colour: is no column of studies"],
    ),
    "wrong case in the header": (
        header("mean_treated", "Mean_treated"),
        [
            ":1: Mean_treated: is no column of studies (did you mean mean_treated?)",
            ":1: mean_treated: is missing from the header",
        ],
    ),
    "space in the header": (
        header(",year,", ", year,"),
        [
            ":1: ' year': is no column of studies (did you mean year?)",
            ":1: year: is missing from the header",
        ],
    ),
    "column that stands twice": (
        header("sd_treated", "mean_treated"),
        [":1: mean_treated: stands twice in the header"],
    ),
    "column without a name": (header(",year,", ",,"), [":1: column 2 has no name"]),
    "semicolons": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",", b";")),
        [":1: must be separated by commas, is separated by semicolons"],
    ),
    "tabs": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",", b"\t")),
        [":1: must be separated by commas, is separated by tabs"],
    ),
    "semicolons between quoted cells": (
        raw(STUDIES, lambda raw_file: all_quoted(raw_file.decode()).replace(b'","', b'";"')),
        [":1: must be separated by commas, is separated by semicolons"],
    ),
    "tabs between quoted cells": (
        raw(STUDIES, lambda raw_file: all_quoted(raw_file.decode()).replace(b'","', b'"\t"')),
        [":1: must be separated by commas, is separated by tabs"],
    ),
    "vertical bars": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",", b"|")),
        [":1: must be separated by commas, is separated by vertical bars"],
    ),
    "empty file": (written(STUDIES, b""), [": is empty; a header line is needed"]),
    "empty lines alone": (written(STUDIES, b"\r\n\n"), [": is empty; a header line is needed"]),
    "byte-order mark alone": (
        written(STUDIES, b"\xef\xbb\xbf"),
        [": is empty; a header line is needed"],
    ),
    "short row": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",yes,2026-11-20", b"", 1)),
        [":2: must have {n} cells as the header has, got {fewer}"],
    ),
    "long row": (
        raw(
            STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021,2021", b"Chang 2021,2021,7", 1)
        ),
        [":3: must have {n} cells as the header has, got {more}"],
    ),
    "quote that is not closed": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021,2021", b'"Chang 2021,2021', 1)),
        [":3: is not well-formed CSV: ',' expected after '\"'"],
    ),
    "quote that is open to the end": (
        raw(STUDIES, lambda raw_file: raw_file + b'"Chang 2021,'),
        [f":{LAST + 1}: is not well-formed CSV: a quoted cell is not closed"],
    ),
    "Latin-1": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021", b"Ch\xe4ng 2021", 1)),
        [":3: must be UTF-8, has the byte 0xe4; save it as CSV UTF-8"],
    ),
    "UTF-16": (
        raw(STUDIES, lambda raw_file: raw_file.decode().encode("utf-16")),
        [":1: must be UTF-8, is UTF-16; save it as CSV UTF-8"],
    ),
    "UTF-16 without a mark": (
        raw(STUDIES, lambda raw_file: first_line(raw_file).decode().encode("utf-16-le")),
        [":1: must be text, has a NUL byte"],
    ),
    "NUL": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021", b"Chang\x002021", 1)),
        [":3: must be text, has a NUL byte"],
    ),
    "folder in the place of a file": (
        each(removed(STUDIES), lambda data: (data / STUDIES).mkdir()),
        [": cannot be read: Is a directory"],
    ),
    "symbolic link": (
        each(
            lambda data: (data / STUDIES).rename(data.parent / "studies.csv"),
            lambda data: (data / STUDIES).symlink_to(data.parent / "studies.csv"),
        ),
        [": must be a file of its own, not a symbolic link"],
    ),
    "symbolic link to nothing": (
        each(removed(STUDIES), lambda data: (data / STUDIES).symlink_to("nothing")),
        [": must be a file of its own, not a symbolic link"],
    ),
}


def drop_column(path: Path, column: str) -> None:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    place = rows[0].index(column)
    buffer = io.StringIO()
    csv.writer(buffer).writerows(row[:place] + row[place + 1 :] for row in rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


@cases(FILES)
def test_wrong_file_is_named_once(data: Path, case: tuple[Edit, Sequence[str]]) -> None:
    edit, messages = case
    n = len(dictionary(CHAPTER, data)["studies"].columns) - len(EFFECT)
    cells = {"n": n, "fewer": n - 2, "more": n + 1}
    faults = [f"data/{STUDIES}{message}".format(**cells) for message in messages]
    assert faults_after(data, edit) == faults


def test_file_with_only_a_header_is_named(data: Path) -> None:
    faults = faults_after(data, raw(STUDIES, first_line))
    assert faults == [f"data/{STUDIES}:1: has a header and no row"]


def test_file_that_may_not_be_read_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name in ("studies.csv", "review.yml"):
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert [str(fault) for fault in validation.check(data)] == [
        f"data/{REVIEW}: cannot be read: Permission denied",
        f"data/{STUDIES}: cannot be read: Permission denied",
    ]


def test_folder_that_may_not_be_read_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path.name == CHAPTER:
            raise PermissionError(13, "Permission denied")
        return entries(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    faults = [str(fault) for fault in validation.check(data)]
    assert f"data/{CHAPTER}: cannot be read: Permission denied" in faults


PLACES: dict[str, tuple[Edit, Sequence[str]]] = {
    "unknown table": (
        lambda data: (data / CHAPTER / "study.csv").write_text("a\n1\n"),
        [f"data/{CHAPTER}/study.csv: is no table of the dictionary (did you mean studies?)"],
    ),
    "chapter without a review": (
        removed(REVIEW),
        [f"data/{REVIEW}: is missing; every chapter needs one"],
    ),
    "chapter that is a symbolic link": (
        lambda data: (data / "other").symlink_to(data / CHAPTER),
        ["data/other: must be a folder of its own, not a symbolic link"],
    ),
    "table in capitals": (
        lambda data: (data / CHAPTER / "FLOW.CSV").write_text("a\n1\n"),
        [f"data/{CHAPTER}/FLOW.CSV: must end with .csv or .yml, in small letters, to be read"],
    ),
    "no chapter": (
        lambda data: shutil.rmtree(data / CHAPTER),
        ["data: holds no chapter (a folder with a review.yml)"],
    ),
}


@cases(PLACES)
def test_wrong_place_is_named(data: Path, case: tuple[Edit, Sequence[str]]) -> None:
    edit, faults = case
    assert faults_after(data, edit) == list(faults)


def test_decimal_commas_of_a_file_are_one_fault(data: Path) -> None:
    with_commas = re.compile(rb"(?<=,)([0-9]+)[.]([0-9]+)(?=,)")
    raw_file = (data / STUDIES).read_bytes()
    edit = written(STUDIES, with_commas.sub(rb'"\1,\2"', raw_file))
    cells = len(with_commas.findall(raw_file))
    assert cells > 100
    assert faults_after(data, edit, cell(STUDIES, 5, n_treated="x")) == [
        f"data/{STUDIES}:2: mean_control: must be a number in the digits 0-9 with a point, without "
        f"unit or separators, got 0,43 (and {cells - 1} like it)",
        f"data/{STUDIES}:5: n_treated: must be a whole number in the digits 0-9, got x",
    ]


LEFT = {
    "a Mac's shadow of a file": ("._studies.csv", b"\x00\x05\x16\x07\x00\x02Mac OS X"),
    "Excel's lock file": ("~$studies.csv", b"\x05Owner"),
    "Excel's lock file of a workbook": ("~$studies.xlsx", b"\x05Owner"),
    "LibreOffice's lock file": (".~lock.studies.csv#", b",owner,host,01.01.2026 12:00,file;"),
    "a notebook's copy": (".ipynb_checkpoints/studies-checkpoint.csv", b"study\n"),
}


@cases(LEFT)
def test_what_programs_leave_beside_a_table_is_none_of_the_data(
    data: Path, case: tuple[str, bytes]
) -> None:
    name, content = case
    before = folders.digest(CHAPTER, data)

    def left(data: Path) -> None:
        path = data / CHAPTER / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    assert faults_after(data, left) == []
    assert folders.digest(CHAPTER, data) == before
    assert folders.reads(CHAPTER, data) == (CHAPTER,)
    assert list(inputs.sources(CHAPTER, {}, data).sheets) == sorted(
        path.stem for path in (data / CHAPTER).glob("[a-z]*.csv")
    )


def test_emacs_lock_is_none_of_the_data(data: Path) -> None:
    lock = data / CHAPTER / ".#studies.csv"
    assert faults_after(data, lambda _: lock.symlink_to("user@host.4711:1")) == []


def test_folder_without_data_is_named(tmp_path: Path) -> None:
    assert [str(fault) for fault in validation.check(tmp_path / "x")] == [
        f"{tmp_path / 'x'}: is not a folder"
    ]


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["CRLF", "old Mac"])
def test_digest_is_the_same_for_all_ends_of_lines(data: Path, end: bytes) -> None:
    before = folders.digest(CHAPTER, data), folders.digest(data=data)
    for path in (*data.glob("*.yml"), *(data / CHAPTER).iterdir()):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", end))
    assert (folders.digest(CHAPTER, data), folders.digest(data=data)) == before
    cell(STUDIES, LINE, year="2020")(data)
    assert folders.digest(CHAPTER, data) != before[0]


def test_digest_of_what_is_no_text_is_of_every_byte(data: Path) -> None:
    figure = data / CHAPTER / "figure.png"
    digests = set()
    for content in (b"\0\r\n", b"\0\n", b"\xef\xbb\xbf\0\n"):
        figure.write_bytes(content)
        digests.add(folders.digest(CHAPTER, data))
    assert len(digests) == 3


GOOD: dict[str, Callable[[bytes], bytes]] = {
    "byte-order mark": lambda raw_file: b"\xef\xbb\xbf" + raw_file,
    "CRLF": lambda raw_file: raw_file.replace(b"\n", b"\r\n"),
    "old Mac line ends": lambda raw_file: raw_file.replace(b"\n", b"\r"),
    "byte-order mark and CRLF": lambda raw_file: b"\xef\xbb\xbf" + raw_file.replace(b"\n", b"\r\n"),
    "no line end at the end": lambda raw_file: raw_file.rstrip(b"\n"),
    "empty lines": lambda raw_file: raw_file.replace(b"\n", b"\n\n"),
    "every cell in quotes": lambda raw_file: all_quoted(raw_file.decode()),
}


def all_quoted(text: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(text)))
    return buffer.getvalue().encode()


@cases(GOOD)
def test_other_way_of_saving_gives_the_same_data(
    data: Path, original: Path, case: Callable[[bytes], bytes]
) -> None:
    assert faults_after(data, *(raw(file, case) for file in (STUDIES, REPORTED, FLOW))) == []
    for name in ("studies", "reported", "flow"):
        pd.testing.assert_frame_equal(
            tables.load(CHAPTER, name, data), tables.load(CHAPTER, name, original)
        )


def test_faults_come_all_at_once_and_sorted(data: Path) -> None:
    faults = faults_after(
        data,
        cell(STUDIES, 43, n_treated="1"),
        cell(STUDIES, LINE, sd_treated="x", reference="nobody"),
        cell(STUDIES, 12, added="2024-02-30"),
        cell(FLOW, 4, kind="gone"),
        entry(REVIEW, "screened", "many"),
        written(f"{CHAPTER}/lists.csv", b"\xff"),
    )
    assert [fault.split(": ")[0] + ": " + fault.split(": ")[1] for fault in faults] == [
        f"data/{FLOW}:4: kind",
        f"data/{CHAPTER}/lists.csv:1: must be UTF-8, has the byte 0xff; save it as CSV UTF-8",
        located(data, f"data/{REVIEW}:«screened»: search.screened"),
        f"data/{STUDIES}:3: reference",
        f"data/{STUDIES}:3: sd_treated",
        f"data/{STUDIES}:12: added",
        f"data/{STUDIES}:43: n_treated",
    ]


def test_faults_of_every_chapter_are_found(data: Path) -> None:
    shutil.copytree(data / CHAPTER, data / "another-one")
    faults = faults_after(
        data, cell(STUDIES, LINE, n_treated="1"), removed("another-one/review.yml")
    )
    files = {fault.split(":")[0] for fault in faults}
    assert {"data/another-one/review.yml", f"data/{STUDIES}"} <= files


def test_rows_that_were_cleared_are_one_fault(data: Path) -> None:
    empty = "," * (len(first_line((data / STUDIES).read_bytes()).split(b",")) - 1) + "\n"
    faults = faults_after(data, raw(STUDIES, lambda raw_file: raw_file + 3 * empty.encode()))
    says = f"must not be empty in a whole row; delete lines {LAST + 1} to {LAST + 3}"
    assert faults == [f"data/{STUDIES}:{LAST + 1}: study, outcome: {says}"]


def test_dates_that_a_spreadsheet_has_changed_are_one_fault(data: Path) -> None:
    change = lambda raw_file: raw_file.replace(b"2026-11-20", b"20/11/2026")  # noqa: E731
    [fault] = faults_after(data, raw(STUDIES, change))
    assert fault.startswith(f"data/{STUDIES}:2: added: the spreadsheet has changed the dates: ")
    assert fault.endswith(f"got 20/11/2026 (and {LAST - 2} like it)")


def test_many_faults_of_one_cause_are_one(data: Path) -> None:
    change = lambda raw_file: raw_file.replace(b",mou2025,", b",mou2052,")  # noqa: E731
    [fault] = faults_after(data, raw(STUDIES, change))
    assert fault == (
        f"data/{STUDIES}:2: reference: is not known: mou2052 (did you mean mou2025?) "
        f"(and {LAST - 2} like it)"
    )
