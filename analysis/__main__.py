"""The command line: `python -m analysis check | pool | audit | diff | release`."""

import argparse
import gc
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from io import TextIOWrapper
from itertools import zip_longest
from math import inf, isfinite
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from analysis import formats
from analysis.faults import FaultError, listed, nearest, shown
from analysis.folders import DATA
from analysis.statistics import effect_sizes, heterogeneity, pooling
from analysis.statistics.arrays import FloatArray
from analysis.statistics.pooling import Pooled

SETTINGS = ("method", "test", "prediction", "i2_from", "level")
SCALED = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
PRINTED = (
    *("k", "estimate", "se", "ci_low", "ci_high", "statistic", "p", "tau2", "tau2_ci_low"),
    *("tau2_ci_high", "i2", "h2", "q", "q_df", "q_p", "pi_low", "pi_high", "weights"),
    *("method", "test", "level"),
)
"""What `pool --json` prints of the result, in this order; other programs rely on the names."""

BEYOND = "the numbers are too large or too small to be pooled"

RANGE = 1e-60, 1e60
"""Between which variances must be; beyond it, fourth powers of weights are no numbers any more."""

NO_MEASURE = (
    "the following arguments are required: --measure (or --outcome, for a table of the book's own)"
)

COLUMNS_OF_POOL = """\
columns of FILE, in any order and among others:
  MD, SMD, ROM  n_treated mean_treated sd_treated n_control mean_control sd_control
  OR, RR, RD    events_treated n_treated events_control n_control
  any measure   effect with variance, se, or ci_low and ci_high

A row without complete arms gives its effect. An effect and its interval are on the natural scale,
variance and se of a ratio those of its logarithm. Names may be in capitals, or those of the R
package metafor (n1i m1i sd1i n2i m2i sd2i, ai bi ci di, yi vi sei), whose yi is the logarithm of a
ratio. Rows without any of these numbers (empty, or NA) are left out, and named.
"""

WIDTH = 100
COLUMNS = {"id": 39, "reported": 21, "recomputed": 21, "verdict": 16}
"""The columns of `audit` with their widths, which fill the page with a space between them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Where not every character can be written, as after a redirect on Windows, its code is.
        sys.stdout.reconfigure(errors="backslashreplace")
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except FaultError as error:
        return _refuse(command.__name__, error)


def check(chosen: argparse.Namespace) -> int:
    """Print every fault of the data, one a line; 0 without faults, else 1.

    What is allowed and unlikely follows as a warning, once there are no faults; zeros that a
    spreadsheet has dropped come first, as much else can follow from them.
    """
    from analysis import suspicions
    from analysis.versions import history, identity

    data = chosen.data.resolve()
    faults = identity.check(data)
    for warning in suspicions.lost_zeros(data) if faults else ():
        print(f"warning: {warning}")
    for fault in faults:
        print(fault)
    if not faults:
        for warning in (*suspicions.suspicions(data), *history.History(data).unexplained()):
            print(f"warning: {warning}")
        print(f"{chosen.data}: no faults")
    return 1 if faults else 0


def pool(chosen: argparse.Namespace) -> int:
    """Pool a CSV file and print the result; 0, or 2 with a one-line reason."""
    from analysis import study_files

    settings = {name: getattr(chosen, name) for name in SETTINGS}
    try:
        measure = chosen.measure or study_files.measure_of(chosen.file, chosen.outcome)
        if measure is None:
            return _refuse("pool", NO_MEASURE)
        with np.errstate(all="ignore"):
            read = study_files.read(chosen.file, measure, chosen.outcome, drop00=chosen.drop00)
            if not _in_range(read.effects.yi, read.effects.vi):
                return _refuse("pool", f"{chosen.file}: {BEYOND}")
            pooled = pooling.pool(read.effects.yi, read.effects.vi, **settings)
            result = _numbers(pooled, measure)
    except (np.linalg.LinAlgError, ArithmeticError):
        return _refuse("pool", f"{chosen.file}: {BEYOND}")
    except ValueError as error:
        return _refuse("pool", error)
    if result["estimate"] is None or result["tau2"] is None:
        return _refuse("pool", f"{chosen.file}: {BEYOND}")
    result |= {
        "measure": measure,
        "outcome": read.outcome,
        "columns": read.taken,
        "left_out": read.left_out,
    }
    if measure in effect_sizes.COUNTED:
        result["double_zeros"] = read.double_zeros
    print(json.dumps(result, allow_nan=False) if chosen.json else _summary(result, chosen))
    return 0


def audit(chosen: argparse.Namespace) -> int:
    """Print the ledger of a chapter, or of all, and its findings; 0, or 2 with a reason."""
    from analysis import results, tables
    from analysis.versions import identity

    chapters = tables.chapters()
    if chosen.chapter and chosen.chapter not in chapters:
        hint = nearest(chosen.chapter, chapters) or f"; there are {', '.join(chapters)}"
        return _refuse("audit", f"no chapter {chosen.chapter!r}{hint}")
    if faults := identity.check():
        return _refuse("audit", _faulty(faults))
    wanted = [chosen.chapter] if chosen.chapter else chapters
    if chosen.json:
        document = results.results()
        parts = {
            part: [entry for entry in document[part] if entry["chapter"] in wanted]
            for part in ("results", "findings")
        }
        print(json.dumps(parts, allow_nan=False))
    else:
        print("\n".join(line for chapter in wanted for line in _ledger_lines(chapter)))
    return 0


def diff(chosen: argparse.Namespace) -> int:
    """Print what moved since a release, the last one by default; 0, or 2 with a reason."""
    from analysis.versions import history, identity, moved, releases

    if faults := identity.check():
        return _refuse("diff", _faulty(faults))
    try:
        before = releases.find(chosen.version)
    except ValueError as error:
        return _refuse("diff", error)
    found, corrections = moved.moved(before, releases.current()), history.History().corrections
    print(f"Since {before.version}, released {before.released}:")
    for row in found.added:
        print(f"  added    {' | '.join(row)}")
    for row in found.removed:
        print(f"  removed  {' | '.join(row)}")
    for change in found.changes:
        note = f" ({change.note})" if change.note else ""
        print(f"  {change.id}: {change.before or 'new'} -> {change.after or 'gone'}{note}")
        if change.id in corrections:
            print(f"    {corrections[change.id]}")
    if not found:
        print("  nothing moved")
    return 0


def release(chosen: argparse.Namespace) -> int:
    """Freeze the current results as a version; 0, or 2 with a reason."""
    from analysis import kinds
    from analysis.downloads import zenodo
    from analysis.versions import identity, releases, worktree

    if faults := identity.check():
        return _refuse("release", _faulty(faults))
    version = releases.proposed()
    if chosen.dry_run:
        print(f"The next version is {version}.")
        return 0
    if not chosen.note:
        return _refuse("release", "--note is missing: what this version is, in a few words")
    try:
        kinds.one_line(chosen.note)
    except ValueError as error:
        return _refuse("release", f"--note: {error}")
    known = releases.releases()
    if reason := worktree.unready(known[-1].version if known else None):
        return _refuse("release", reason)
    folder = releases.freeze(version, date.today(), note=chosen.note)
    releases.write_version(version, date.today())
    zenodo.write()
    print(f"Version {version} is frozen in {folder}; commit it, CITATION.cff and .zenodo.json.")
    return 0


def _faulty(faults: Sequence[object]) -> str:
    return f"`check` finds {len(faults)} faults in the data: {faults[0]}"


def _refuse(command: str, reason: object) -> int:
    print(f"{command}: {' '.join(str(reason).split())}", file=sys.stderr)
    return 2


def _in_range(yi: FloatArray, vi: FloatArray) -> bool:
    """Whether effects and variances are such that powers of them can be computed with."""
    smallest, largest = RANGE
    return bool(np.all(np.abs(yi) < largest) and np.all((vi > smallest) & (vi < largest)))


def _numbers(pooled: Pooled, measure: str) -> dict[str, Any]:
    """The result as plain numbers, effects on the natural scale; what is undefined is None."""
    plain: dict[str, Any] = {name: getattr(pooled, name) for name in PRINTED}
    plain["weights"] = pooled.weights.tolist()
    for name in SCALED:
        plain[name] = float(effect_sizes.natural_scale(plain[name], measure))
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in plain.items()
    }


def _summary(result: Mapping[str, Any], chosen: argparse.Namespace) -> str:
    """The result in lines, each number to the digits that its interval leaves."""

    def interval(name: str, scale: float, digits: int = 4) -> str:
        ends = [result[f"{name}_low"], result[f"{name}_high"]]
        if None in ends:
            return "not defined"
        return " to ".join(plain(end, scale, digits) for end in ends)

    def text(name: str, form: str, unit: str = "") -> str:
        return "not defined" if result[name] is None else f"{result[name]:{form}}{unit}"

    def p(name: str) -> str:
        return "p = not defined" if result[name] is None else formats.plain_p(result[name])

    plain = formats.plain_number
    ci = f"{100 * chosen.level:g}% CI"
    scale, squared = _scale(result), (result["se"] or 0.1) ** 2
    lines = [
        f"{result['measure']}, {chosen.method}, test {chosen.test}, k = {result['k']}",
        f"estimate   {plain(result['estimate'], scale)} ({ci} {interval('ci', scale)}), {p('p')}",
        f"prediction {interval('pi', scale)}",
        f"tau2       {plain(result['tau2'], squared, 3)} ({ci} {interval('tau2_ci', squared, 3)})",
        f"I2         {text('i2', '.1f', '%')}   H2 {text('h2', '.2f')}"
        f"   Q {text('q', '.2f')} on {text('q_df', '.0f')} df, {p('q_p')}",
    ]
    if result["outcome"]:
        lines.append(f"outcome    {shown(result['outcome'])}")
    if result["columns"]:
        taken = (f"{given} as {column}" for given, column in result["columns"].items())
        lines.append(f"columns    {', '.join(taken)}")
    if result["left_out"]:
        places = listed([str(line) for line in result["left_out"]])
        lines.append(f"left out   rows without these numbers, in the lines {places}")
    if result.get("double_zeros"):
        places = listed([str(line) for line in result["double_zeros"]])
        trials = f"{len(result['double_zeros'])} with events in no arm, or nothing else in both"
        done = "left out" if chosen.drop00 else "counted with half an event; --drop00 leaves it out"
        lines.append(f"trials     {trials} ({done}), in the lines {places}")
    return "\n".join(lines)


def _scale(result: Mapping[str, Any]) -> float:
    """What the digits of an estimate follow: half the width of its interval, or its own size.

    The lower limit of a ratio can be far smaller than that, and keeps its digits.
    """
    low, high = result["ci_low"], result["ci_high"]
    sizes = [] if low is None or high is None else [(high - low) / 2]
    if sizes and result["measure"] in effect_sizes.RATIO_MEASURES:
        sizes.append(low)
    known = [float(size) for size in sizes if 0 < size < inf]
    return min(known, default=abs(float(result["estimate"])) or 0.1)


def _ledger_lines(chapter: str) -> Iterator[str]:
    """The ledger of a chapter and its findings, in lines of at most `WIDTH` characters."""
    from analysis.ledger import NOT_RECOMPUTABLE_KINDS, ledger
    from analysis.ledger_pages import printed_text, recomputed_text
    from analysis.verdicts import Verdict

    counts = ledger().counts(chapter)
    kinds = (f"{counts[f'not_recomputable_{kind}']} {kind}" for kind in NOT_RECOMPUTABLE_KINDS)
    of_which = {
        Verdict.DISCREPANT: f" ({counts['contradictions']} contradictions)",
        Verdict.NOT_RECOMPUTABLE: f" ({', '.join(kinds)})",
    }
    verdicts = (
        f"{n} {verdict}{of_which.get(verdict, '')}"
        for verdict in Verdict
        if (n := counts[verdict.replace(" ", "_")])
    )
    yield from wrap(f"{chapter}: {counts['reported']} reported, {', '.join(verdicts)}", WIDTH)
    yield ""
    yield from _cells(list(COLUMNS))
    yield from _cells(["-" * width for width in COLUMNS.values()])
    for entry in ledger().of(chapter):
        name = entry.id.removeprefix(f"{chapter}.")
        yield from _cells([name, printed_text(entry), recomputed_text(entry), entry.verdict.value])
    for finding in ledger().findings_of(chapter):
        state = "holds" if finding.holds else "does not hold"
        yield ""
        yield f"{finding.id.removeprefix(f'{chapter}.')} ({finding.severity}, {state})"
        for said in (f"{finding.claim} ({finding.location})", finding.against):
            yield from wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""


def _cells(texts: Sequence[str]) -> Iterator[str]:
    """The lines of a row of the table, in which long texts go on below."""
    columns = [wrap(text, width) for text, width in zip(texts, COLUMNS.values(), strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        padded = (f"{part:<{width}}" for part, width in zip(parts, COLUMNS.values(), strict=True))
        yield " ".join(padded).rstrip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="check | pool | audit | diff | release")
    checking = commands.add_parser("check", help="validate every table of the data")
    checking.add_argument("data", nargs="?", type=Path, default=DATA, metavar="DATA")
    checking.set_defaults(command=check)
    pooling_ = commands.add_parser(
        "pool",
        help="pool any CSV file of arms or effects",
        description="Pool any CSV file of arms or effects.",
        epilog=COLUMNS_OF_POOL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    pooling_.add_argument("file", type=Path, metavar="FILE", help="a CSV file, or - for a pipe")
    pooling_.add_argument(
        "--measure", choices=effect_sizes.MEASURES, help="needed but for the book's own tables"
    )
    pooling_.add_argument("--outcome", help="the one to pool, where the column outcome has several")
    pooling_.add_argument("--method", default="REML", choices=list(heterogeneity.METHODS))
    pooling_.add_argument("--test", default="z", choices=pooling.TESTS)
    pooling_.add_argument("--prediction", default="k-1", choices=pooling.PREDICTIONS)
    pooling_.add_argument("--i2-from", default="tau2", choices=pooling.I2_SOURCES)
    pooling_.add_argument(
        "--drop00",
        action="store_true",
        help="leave out trials with events in no arm, or with nothing else in both",
    )
    pooling_.add_argument("--level", type=float, default=0.95)
    pooling_.add_argument("--json", action="store_true", help="print every number as JSON")
    pooling_.set_defaults(command=pool)
    auditing = commands.add_parser("audit", help="print every number with its verdict")
    auditing.add_argument("chapter", nargs="?", metavar="CHAPTER")
    auditing.add_argument("--json", action="store_true", help="print every number as JSON")
    auditing.set_defaults(command=audit)
    comparing = commands.add_parser("diff", help="print what moved since a release")
    comparing.add_argument("version", nargs="?", metavar="VERSION", help="the last one by default")
    comparing.set_defaults(command=diff)
    releasing = commands.add_parser("release", help="freeze the current results as a version")
    releasing.add_argument("--note", default="", help="what this version is, in a few words")
    releasing.add_argument("--dry-run", action="store_true", help="only propose the version")
    releasing.set_defaults(command=release)
    return parser


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as for `audit | head`
    gc.disable()  # a command ends before the little garbage that it makes counts
    sys.exit(main())
