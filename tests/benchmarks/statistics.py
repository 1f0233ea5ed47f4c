"""How fast the statistics are, beside PyMARE, statsmodels and metafor, in one run.

Prints medians and their ratios to this package, the memory that many fits take, and how one fit
grows with the number of effects; writes them as JSON. Run it from the root as
`python -m tests.benchmarks.statistics`; `make bench` does. PyMARE and statsmodels, of
`requirements.txt` beside this file, and metafor are measured where they are installed; times of R
are without its start. Work that a package would take minutes for is measured on a part of it and
multiplied.
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
    "10,000 REML fits": FITS / PART,
    "leave-one-out": 1,
    "1,000 permutations": ITERATIONS / PART,
    "10,000 GOSH subsets": SUBSETS / PART,
}
"""What is measured, and how many times the part is that a looping package is measured on.

A fit is tau² and the mean; an analysis all that `pooling.pool` gives.
"""

Work = dict[str, Callable[[], Any]]

R_SCRIPT = """
suppressPackageStartupMessages(library(metafor))
data <- read.csv(text = readLines(file("stdin")), header = FALSE)
k <- {k}; part <- {part}
yi <- as.matrix(data[seq_len(part), ]); vi <- as.matrix(data[part + seq_len(part), ])
control <- list(threshold = 1e-13, maxiter = 1000)
one <- function(i) rma(yi[i, ], vi[i, ], control = control)
whole <- function(i) {{ fitted <- one(i); list(fitted, confint(fitted), predict(fitted)) }}
model <- one(1)
work <- list(
  function() one(1),
  function() whole(1),
  function() for (i in seq_len(part)) one(i),
  function() leave1out(model),
  function() permutest(model, iter = part, progbar = FALSE),
  function() gosh(model, subsets = part, progbar = FALSE)
)
seconds <- function(each, times) {{
  suppressWarnings(system.time(for (i in seq_len(times)) each())[["elapsed"]]) / times
}}
for (each in work) {{
  times <- max(1, ceiling({long_enough} / max(seconds(each, 1), 0.001)))
  for (i in seq_len({repeats})) cat(seconds(each, times), "")
  cat("\\n")
}}
"""


def main() -> int:
    """Measure, print, and write `_build/statistics.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path("_build/statistics.json"))
    chosen = parser.parse_args()
    seconds = {"this package": measured(ours(), chosen.repeats, looping=False)}
    # statsmodels has no REML: its iterated estimator is Paule and Mandel's, a shorter way.
    for name, work in (("PyMARE", pymare), ("statsmodels (PM)", statsmodels)):
        if find_spec(name.lower().split()[0]):
            seconds[name] = measured(work(), chosen.repeats, looping=True)
    if shutil.which("Rscript"):
        seconds["metafor"] = metafor(chosen.repeats)
    own = seconds["this package"]
    for task in TASKS:
        print(f"{task:>20}: {1000 * own[task]:9.2f} ms", end="")
        for name, times in seconds.items():
            if name != "this package":
                ratio = times[task] / own[task]
                print(f"   {name} {1000 * times[task]:10.2f} ms, {ratio:.1f} times", end="")
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


def measured(work: Work, repeats: int, *, looping: bool) -> dict[str, float]:
    """Median seconds of each task, once warm."""
    return {
        task: timed(run, repeats) * (TASKS[task] if looping else 1) for task, run in work.items()
    }


def timed(run: Callable[[], Any], repeats: int) -> float:
    """Median seconds of one run, once warm."""

    def seconds(times: int) -> float:
        start = time.perf_counter()
        for _ in range(times):
            run()
        return (time.perf_counter() - start) / times

    run()
    times = max(1, round(LONG_ENOUGH / seconds(1)))
    return median(seconds(times) for _ in range(repeats))


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

    def tau2_and_mean(yi: Any, vi: Any) -> Any:
        data = problem(yi, vi)
        tau2 = estimate_tau2(data, "REML")
        return tau2, fit(data, tau2).beta

    return {
        "one REML fit": lambda: tau2_and_mean(y, v),
        "one whole analysis": lambda: pooling.pool(y, v),
        "10,000 REML fits": lambda: tau2_and_mean(YI, VI),
        "leave-one-out": lambda: sensitivity.leave_one_out(y, v),
        "1,000 permutations": lambda: permutation.permutation_test(y, v, iterations=ITERATIONS),
        "10,000 GOSH subsets": lambda: subsets.gosh(y, v, subsets=SUBSETS),
    }


def looping(one: Callable[[Any, Any], Any], whole: Callable[[Any, Any], Any]) -> Work:
    """The tasks of a package that fits one data set at a time: tau² and mean, or the `whole`.

    That is what `pooling.pool` gives: the mean with its interval, tau² with its Q-profile interval,
    Q, I² and H², as far as the package has these.
    """
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


def pymare() -> Work:
    """PyMARE's REML."""
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

    return looping(one, whole)


def statsmodels() -> Work:
    """Paule and Mandel's estimator of statsmodels."""
    combine = import_module("statsmodels.stats.meta_analysis").combine_effects

    def one(y: Any, v: Any) -> Any:
        return combine(y, v, method_re="iterated", atol=1e-13)

    return looping(one, lambda y, v: one(y, v).summary_frame())


def metafor(repeats: int) -> dict[str, float]:
    """The tasks in one process of R."""
    rows = [",".join(map(repr, row.tolist())) for row in (*YI[:PART], *VI[:PART])]
    script = R_SCRIPT.format(k=K, part=PART, repeats=repeats, long_enough=LONG_ENOUGH)
    done = subprocess.run(
        ["Rscript", "-e", script],
        input="\n".join(rows),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.strip().splitlines()
    times = [median(map(float, line.split())) for line in lines]
    return {
        task: seconds * factor for (task, factor), seconds in zip(TASKS.items(), times, strict=True)
    }


if __name__ == "__main__":
    raise SystemExit(main())
