"""How fast the statistics are, beside PyMARE, statsmodels and metafor, in one run.

Prints medians and their ratios to this package, the memory that many fits take, and how one fit
grows with the number of effects; writes them as JSON. Run it from the root as
`python -m tests.benchmarks.statistics`; `make bench` does. PyMARE and statsmodels, of
`requirements.txt` beside this file, and metafor are measured where they are installed; times of R
are without its start. Times are those of the processor, and the packages take turns, so that what
else the machine does hardly counts. Work that a package would take minutes for is measured on a
part of it and multiplied.
"""

import argparse
import json
import shutil
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from analysis.statistics import permutation, pooling, sensitivity, subsets
from analysis.statistics.heterogeneity import estimate_tau2
from analysis.statistics.least_squares import fit, problem

K, FITS, ITERATIONS, SUBSETS = 21, 10_000, 1000, 10_000
PART = 100
"""How many of many fits are measured of a package that loops over them."""
LONG_ENOUGH = 0.05
"""Seconds: what takes less is measured over several runs."""
SIZES = (10, 100, 1000, 10_000, 100_000)
"""Numbers of effects over which the time of one fit grows."""

GENERATOR = np.random.default_rng(1)
VI = GENERATOR.uniform(0.05, 0.5, (FITS, K))
YI = GENERATOR.normal(0.5, np.sqrt(VI + 0.2))
INCLUDE = GENERATOR.random((PART, K)) < 0.5

TASKS = {
    "one REML fit": 1,
    "one whole analysis": 1,
    "one PM fit": 1,
    "one PM analysis": 1,
    "10,000 REML fits": FITS / PART,
    "leave-one-out": 1,
    "1,000 permutations": ITERATIONS / PART,
    "10,000 GOSH subsets": SUBSETS / PART,
}
"""What is measured, and how many times the part is that a looping package is measured on.

A fit is tau² and the mean; an analysis all that `pooling.pool` gives. PM is Paule and Mandel's
estimator, the only iterated one of statsmodels; the others are REML.
"""

Work = dict[str, Callable[[], Any]]

R_SCRIPT = """
suppressPackageStartupMessages(library(metafor))
data <- read.csv(text = readLines(file("stdin")), header = FALSE)
k <- {k}; part <- {part}
yi <- as.matrix(data[seq_len(part), ]); vi <- as.matrix(data[part + seq_len(part), ])
control <- list(threshold = 1e-13, maxiter = 1000)
one <- function(i, method = "REML") rma(yi[i, ], vi[i, ], method = method, control = control)
whole <- function(method) {{
  fitted <- one(1, method)
  list(fitted, confint(fitted), predict(fitted))
}}
model <- one(1)
work <- list(
  function() one(1),
  function() whole("REML"),
  function() one(1, "PM"),
  function() whole("PM"),
  function() for (i in seq_len(part)) one(i),
  function() leave1out(model),
  function() permutest(model, iter = part, progbar = FALSE),
  function() gosh(model, subsets = part, progbar = FALSE)
)
seconds <- function(each, times) {{
  suppressWarnings(sum(system.time(for (i in seq_len(times)) each())[1:2])) / times
}}
for (each in work) {{
  times <- max(1, ceiling({long_enough} / max(seconds(each, 1), 0.001)))
  cat(seconds(each, times), "\\n")
}}
"""


def main() -> int:
    """Measure, print, and write `_build/statistics.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--output", type=Path, default=Path("_build/statistics.json"))
    chosen = parser.parse_args()
    works = {"this package": ours()}
    for name, work in (("PyMARE", pymare), ("statsmodels", statsmodels)):
        if find_spec(name.lower()):
            works[name] = work()
    seconds = medians(works, chosen.repeats)
    own = seconds["this package"]
    for task in TASKS:
        print(f"{task:>20}: {1000 * own[task]:9.2f} ms", end="")
        for name, times in seconds.items():
            if name != "this package" and task in times:
                ratio = times[task] / own[task]
                print(f"   {name} {1000 * times[task]:10.2f} ms, {ratio:.2f} times", end="")
        print()
    memory = peak_memory(ours()["10,000 REML fits"])
    print(f"{'10,000 REML fits':>20}: {memory / 1e6:9.2f} MB at most, beside the data")
    growth = {k: one_fit(k, chosen.repeats) for k in SIZES}
    for k, time_of_one in growth.items():
        each = 1e6 * time_of_one / k
        print(f"{k:>12,} effects: {1000 * time_of_one:9.2f} ms, {each:.2f} µs an effect")
    found = {"k": K, "seconds": seconds, "peak_bytes": memory, "seconds_by_effects": growth}
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def medians(works: dict[str, Work], repeats: int) -> dict[str, dict[str, float]]:
    """Median seconds by package and task; of each task the packages take turns."""
    times = {
        name: {task: _times(run) for task, run in work.items()} for name, work in works.items()
    }
    taken: dict[str, dict[str, list[float]]] = {}
    for _ in range(repeats):
        for task in TASKS:
            for name in works:
                if task in works[name]:
                    each = _seconds(works[name][task], times[name][task])
                    taken.setdefault(name, {}).setdefault(task, []).append(each)
        if shutil.which("Rscript"):
            for task, each in metafor().items():
                taken.setdefault("metafor", {}).setdefault(task, []).append(each)
    return {
        name: {
            task: median(each) * (1 if name == "this package" else TASKS[task])
            for task, each in tasks.items()
        }
        for name, tasks in taken.items()
    }


def timed(run: Callable[[], Any], repeats: int) -> float:
    """Median seconds of one run, once warm."""
    times = _times(run)
    return median(_seconds(run, times) for _ in range(repeats))


def _times(run: Callable[[], Any]) -> int:
    """How often to run what takes less than `LONG_ENOUGH`, to be measured."""
    run()
    return max(1, round(LONG_ENOUGH / _seconds(run, 1)))


def _seconds(run: Callable[[], Any], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - start) / times


def peak_memory(run: Callable[[], Any]) -> int:
    """Bytes that a run has in use at most, beyond those before it."""
    run()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def one_fit(k: int, repeats: int) -> float:
    """Median seconds of one fit of k effects."""
    generator = np.random.default_rng(k)
    v = generator.uniform(0.05, 0.5, k)
    y = generator.normal(0.5, np.sqrt(v + 0.2))
    return timed(lambda: pooling.pool(y, v), repeats)


def ours() -> Work:
    """The tasks as this package does them: each a single call."""
    y, v = YI[0], VI[0]

    def tau2_and_mean(yi: Any, vi: Any, method: str = "REML") -> Any:
        data = problem(yi, vi)
        tau2 = estimate_tau2(data, method)
        return tau2, fit(data, tau2).beta

    return {
        "one REML fit": lambda: tau2_and_mean(y, v),
        "one whole analysis": lambda: pooling.pool(y, v),
        "one PM fit": lambda: tau2_and_mean(y, v, "PM"),
        "one PM analysis": lambda: pooling.pool(y, v, method="PM"),
        "10,000 REML fits": lambda: tau2_and_mean(YI, VI),
        "leave-one-out": lambda: sensitivity.leave_one_out(y, v),
        "1,000 permutations": lambda: permutation.permutation_test(y, v, iterations=ITERATIONS),
        "10,000 GOSH subsets": lambda: subsets.gosh(y, v, subsets=SUBSETS),
    }


def pymare() -> Work:
    """PyMARE's REML, which fits one data set at a time.

    An analysis is what `pooling.pool` gives: the mean with its interval, tau² with its Q-profile
    interval, Q, I² and H².
    """
    estimators = import_module("pymare.estimators")

    def one(y: Any, v: Any) -> Any:
        estimator = estimators.VarianceBasedLikelihoodEstimator(method="REML")
        return estimator.fit(y[:, None], v[:, None], np.ones((y.size, 1))).params_

    def whole(y: Any, v: Any) -> Any:
        data = import_module("pymare").Dataset(y, v, add_intercept=True)
        estimator = estimators.VarianceBasedLikelihoodEstimator(method="REML")
        summary = estimator.fit_dataset(data).summary()
        tau2 = summary.get_re_stats(method="QP")
        return summary.get_fe_stats(), tau2, summary.get_heterogeneity_stats()

    y, v = YI[0], VI[0]
    return {
        "one REML fit": lambda: one(y, v),
        "one whole analysis": lambda: whole(y, v),
        "10,000 REML fits": lambda: [one(YI[i], VI[i]) for i in range(PART)],
        "leave-one-out": lambda: [one(np.delete(y, i), np.delete(v, i)) for i in range(K)],
        "1,000 permutations": lambda: [
            one(signs * y, v) for signs in GENERATOR.choice([-1.0, 1.0], (PART, K))
        ],
        "10,000 GOSH subsets": lambda: [one(y[kept], v[kept]) for kept in INCLUDE],
    }


def statsmodels() -> Work:
    """statsmodels by Paule and Mandel, as it is called by default.

    A fit is its function of tau² alone. An analysis has Q, but no interval of tau² or of prediction
    and no I²; its table of results, which takes twice as long, is left out.
    """
    meta_analysis = import_module("statsmodels.stats.meta_analysis")
    y, v = YI[0], VI[0]
    return {
        "one PM fit": lambda: meta_analysis._fit_tau_iterative(y, v),
        "one PM analysis": lambda: meta_analysis.combine_effects(y, v, method_re="iterated"),
    }


def metafor() -> dict[str, float]:
    """Seconds of each task, measured once, in a process of R of its own."""
    rows = [",".join(map(repr, row.tolist())) for row in (*YI[:PART], *VI[:PART])]
    script = R_SCRIPT.format(k=K, part=PART, long_enough=LONG_ENOUGH)
    done = subprocess.run(
        ["Rscript", "-e", script],
        input="\n".join(rows),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(TASKS, map(float, done.stdout.split()), strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
