"""Why effects differ: meta-regression, subgroups, and contrasts between subgroups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc

from analysis.statistics import heterogeneity, least_squares, pooling
from analysis.statistics.arrays import FloatArray, UndefinedError, effects, finite, labelled


@dataclass(frozen=True)
class Coefficient:
    """One coefficient, or one contrast, of a meta-regression, in the unit of the effect."""

    name: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float

    def __str__(self) -> str:
        """Estimate and 95% interval, as a sentence needs them."""
        return (
            f"{pooling.number(self.estimate)} (95% CI {pooling.number(self.ci_low)} "
            f"to {pooling.number(self.ci_high)})"
        )


@dataclass(frozen=True)
class MetaRegression:
    """A meta-regression: `coefficients`, heterogeneity left and explained.

    `root` (p, p) times its transpose is the `covariance` of the coefficients. `qm` tests the
    coefficients of `tested` together: chi-squared on `qm_df` for `z`, else F on `qm_df` and
    `qe_df`. `qe` is the residual Q at tau² = 0. `r2` is the share of tau² explained,
    in percent, never below 0; nan where there was none.
    """

    coefficients: tuple[Coefficient, ...]
    root: FloatArray
    tau2: float
    qm: float
    qm_df: int
    qm_p: float
    qe: float
    qe_df: int
    qe_p: float
    i2: float
    r2: float
    k: int
    method: str
    test: str

    @property
    def covariance(self) -> FloatArray:
        """Covariance (p, p) of the coefficients."""
        return np.asarray(self.root @ self.root.T)

    def contrast(self, name: str, weights: ArrayLike) -> Coefficient:
        """The linear combination of the coefficients with `weights`, shape (p,), with interval."""
        c = np.asarray(weights, dtype=float)
        beta = np.array([coefficient.estimate for coefficient in self.coefficients])
        estimate, se = np.array([c @ beta]), np.array([np.linalg.norm(c @ self.root)])
        return coefficients((name,), estimate, se, _t_df(self.test, self.qe_df))[0]


def meta_regression(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    *,
    method: str = "REML",
    test: str = "z",
    tested: Sequence[int] | None = None,
) -> MetaRegression:
    """Regress effects (k,) on the columns of `x` (k, p), an intercept among them if one is wanted.

    `names` labels the p columns, `tested` are those of the omnibus test (all but the first by
    default). Raises ValueError for shapes that don't fit, for columns that are linearly dependent,
    and for k <= p. Source: Viechtbauer et al. 2015, Psychol Methods 20:360-374; Knapp and Hartung
    2003, Stat Med 22:2693-2710.
    """
    y, v = effects(yi, vi)
    design = regression_design(x, y.size, len(names))
    k, p = design.columns.shape
    data = least_squares.problem(y, v, design)
    tau2 = heterogeneity.estimate_tau2(data, method)
    weighted = least_squares.fit(data, tau2)
    df = k - p
    beta, root = design.turn @ weighted.beta, design.turn @ np.linalg.cholesky(weighted.cov)
    root = root * np.sqrt(pooling.multiplier(weighted, data.df, test))
    columns = list(range(1, p) if tested is None else tested)
    qm, qm_p = _omnibus(beta[columns], root[columns], test, df)
    qe, qe_df, qe_p = heterogeneity.q_test(data)
    i2 = (
        heterogeneity.i2_from_q(qe, qe_df)
        if method == "EE"
        else heterogeneity.i2_from_tau2(tau2, heterogeneity.typical_variance(data))
    )
    total = float(heterogeneity.estimate_tau2(least_squares.problem(y, v), method))
    return MetaRegression(
        coefficients=coefficients(names, beta, np.linalg.norm(root, axis=-1), _t_df(test, df)),
        root=root,
        tau2=float(tau2),
        qm=qm,
        qm_df=len(columns),
        qm_p=qm_p,
        qe=float(qe),
        qe_df=int(qe_df),
        qe_p=float(qe_p),
        i2=float(i2),
        r2=max(0.0, 100 * (1 - float(tau2) / total)) if total > 0 else float("nan"),
        k=k,
        method=method,
        test=test,
    )


def regression_design(x: ArrayLike, k: int, p: int | None = None) -> least_squares.Design:
    """The design (k, p) of a meta-regression of k effects, with orthonormal columns.

    Raises ValueError for shapes that don't fit, for columns that are linearly dependent, or so
    nearly that digits would be lost, and for k <= p.
    """
    design = finite("x", x)
    if design.ndim != 2 or design.shape[0] != k or design.shape[1] != (p or design.shape[1]):
        raise ValueError(f"x must have shape ({k}, {p or 'p'}), got {design.shape}")
    p = design.shape[1]
    if k <= p:
        raise UndefinedError(f"{p} coefficients need more than {p} effects, got {k}")
    return least_squares.orthonormal(design)


def coefficients(
    names: Sequence[str], beta: FloatArray, se: FloatArray, df: FloatArray | None
) -> tuple[Coefficient, ...]:
    """Coefficients (p,) with 95% intervals, from t on `df` or, for None, from the normal."""
    rows = zip(beta, se, *pooling.inference(beta, se, df), strict=True)
    return tuple(
        Coefficient(name, *(float(number) for number in row))
        for name, row in zip(names, rows, strict=True)
    )


@dataclass(frozen=True)
class Subgroups:
    """Pooled effects of subgroups, and the test of whether they differ.

    `q_between` has a chi-squared distribution on `df` degrees of freedom (Wald-type test). With
    `common_tau2` all groups share one tau² and `contrasts` hold each pair's difference. Where the
    test is nan, `undefined` says why.
    """

    levels: tuple[str, ...]
    pooled: tuple[pooling.Pooled | Coefficient, ...]
    k: tuple[int, ...]
    q_between: float
    df: int
    p: float
    common_tau2: bool
    contrasts: tuple[Coefficient, ...]
    tau2: float
    undefined: str = ""


def separate_subgroups(
    yi: ArrayLike, vi: ArrayLike, group: Sequence[str], *, method: str = "REML", test: str = "z"
) -> Subgroups:
    """Pool each subgroup by itself, with its own tau², and compare the results.

    `group` names the subgroup of each of the k effects; levels keep their order of appearance. A
    group of one study has no standard error by `knha` and `adhoc`, so that the groups have no test;
    those of `common_subgroups` do. Raises ValueError for an effect without a group. Source:
    Borenstein et al. 2009, Introduction to Meta-Analysis, chapter 19, computational model 2 (Q test
    from the separate estimates).
    """
    y, v = effects(yi, vi)
    levels, codes = _levels(group, y.size)
    pooled = tuple(
        pooling.pool(y[codes == i], v[codes == i], method=method, test=test)
        for i in range(len(levels))
    )
    estimates = np.array([result.estimate for result in pooled])
    errors, df = np.array([result.se for result in pooled]), len(levels) - 1
    undefined = _without_test(levels, errors, test)
    q_between = float("nan")
    if not undefined:
        q_between = float(least_squares.problem(estimates, errors**2).q)
    return Subgroups(
        levels=levels,
        pooled=pooled,
        k=tuple(result.k for result in pooled),
        q_between=q_between,
        df=df,
        p=float(chdtrc(df, q_between)),
        common_tau2=False,
        contrasts=(),
        tau2=float("nan"),
        undefined=undefined,
    )


def common_subgroups(
    yi: ArrayLike, vi: ArrayLike, group: Sequence[str], *, method: str = "REML", test: str = "z"
) -> Subgroups:
    """Estimate all subgroups in one model with one tau², with the contrast of each pair.

    With two-arm studies that share their comparator this is the network meta-analysis of the
    groups: every contrast is indirect, the difference of two effects against the comparator. A
    group may have one study. Raises ValueError for an effect without a group, and for as many
    groups as effects. Source: Bucher et al. 1997, J Clin Epidemiol 50:683-691; Lu and Ades 2004,
    Stat Med 23:3105-3124.
    """
    levels, codes = _levels(group, np.size(yi))
    indicator = (codes[:, None] == np.arange(len(levels))).astype(float)
    model = meta_regression(yi, vi, indicator, levels, method=method, test=test)
    difference = np.eye(len(levels))[1:] - np.eye(len(levels))[0]
    beta = np.array([coefficient.estimate for coefficient in model.coefficients])
    q_between, p = _omnibus(difference @ beta, difference @ model.root, test, model.qe_df)
    pairs = [(i, j) for i in range(len(levels)) for j in range(i + 1, len(levels))]
    identity = np.eye(len(levels))
    return Subgroups(
        levels=levels,
        pooled=model.coefficients,
        k=tuple(int((codes == i).sum()) for i in range(len(levels))),
        q_between=q_between,
        df=len(levels) - 1,
        p=p,
        common_tau2=True,
        contrasts=tuple(
            model.contrast(f"{levels[i]} − {levels[j]}", identity[i] - identity[j])
            for i, j in pairs
        ),
        tau2=model.tau2,
    )


def p_scores(groups: Subgroups) -> tuple[float, ...]:
    """Mean certainty, 0 to 1, that a group's effect is larger than that of another one.

    Defined for subgroups with a common tau²; raises ValueError otherwise.
    Source: Rücker and Schwarzer 2015, BMC Med Res Methodol 15:58.
    """
    if not groups.common_tau2:
        raise ValueError("P-scores need subgroups with a common tau2")
    n = len(groups.levels)
    score = np.zeros((n, n))
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    for (i, j), contrast in zip(pairs, groups.contrasts, strict=True):
        smaller, larger = contrast.p / 2, 1 - contrast.p / 2
        score[i, j], score[j, i] = (
            (larger, smaller) if contrast.statistic > 0 else (smaller, larger)
        )
    return tuple(float(row.sum() / (n - 1)) for row in score)


def _without_test(levels: Sequence[str], errors: FloatArray, test: str) -> str:
    """Why groups with these standard errors can't be compared, or nothing."""
    for state, found in (("not defined", np.isnan(errors)), ("0", errors == 0)):
        names = [level for level, so in zip(levels, found, strict=True) if so]
        if names:
            return f"by {test} the standard error is {state} in {', '.join(names)}"
    return ""


def _levels(group: Sequence[str], k: int) -> tuple[tuple[str, ...], FloatArray]:
    labelled("group", group, k)
    levels = tuple(dict.fromkeys(group))
    if len(levels) < 2:
        raise UndefinedError(
            f"subgroups need at least two levels, got {', '.join(levels) or 'none'}"
        )
    return levels, np.array([levels.index(level) for level in group])


def _t_df(test: str, df: int) -> FloatArray | None:
    return None if test == "z" else np.asarray(float(df))


def _omnibus(beta: FloatArray, root: FloatArray, test: str, df: int) -> tuple[float, float]:
    """Test of coefficients (m,) together, whose covariance is `root` (m, p) times its transpose."""
    se = np.linalg.norm(root, axis=-1)
    if beta.size == 0 or not np.any(se):
        return float("nan"), float("nan")
    # b'(RR')⁻¹b is the square of the shortest z with Rz = b, which needs no product RR'.
    shortest = np.linalg.lstsq(root / se[:, None], beta / se)[0]
    wald = float(shortest @ shortest)
    if test == "z":
        return wald, float(chdtrc(beta.size, wald))
    return wald / beta.size, float(fdtrc(beta.size, df, wald / beta.size))
