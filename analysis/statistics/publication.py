"""Publication bias: an excess of significance, and regression to a standard error of 0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from analysis.statistics import heterogeneity, least_squares, moderators
from analysis.statistics.arrays import NOISE, FloatArray, UndefinedError, effects, probability


@dataclass(frozen=True)
class ExcessSignificance:
    """How many effects are significant, and how many should be by the power of their studies.

    `power` has shape (k,). `p` is exact, from the distribution of the number of significant
    effects; `chi2_p` is from chi-squared on 1 degree of freedom. Both are one-sided: is `observed`
    larger than `expected`?
    """

    observed: int
    expected: float
    power: FloatArray
    p: float
    chi2: float
    chi2_p: float
    theta: float
    tau2: float


def excess_significance(
    yi: ArrayLike, vi: ArrayLike, *, method: str = "EE", alpha: float = 0.05
) -> ExcessSignificance:
    """Test of excess significance of effects (k,), two-sided at `alpha`.

    The power of a study is the chance that its effect is significant if its true effect has the
    pooled mean and tau² of `method`. Raises ValueError for alpha outside (0, 1), UndefinedError
    without convergence. Source: Ioannidis and Trikalinos 2007, Clin Trials 4:245-253; as metafor's
    `tes()`, which cuts the distribution of true effects at five standard deviations.
    """
    probability("alpha", alpha)
    y, v = effects(yi, vi)
    data = least_squares.problem(y, v)
    tau2 = heterogeneity.estimate_tau2(data, method)
    theta = float(least_squares.fit(data, tau2).beta[0])
    limit, spread = -ndtri(alpha / 2) * np.sqrt(v), np.sqrt(v + tau2)
    power = ndtr((theta - limit) / spread) + ndtr((-theta - limit) / spread)
    observed, expected = int((np.abs(y) >= limit * (1 - NOISE)).sum()), float(power.sum())
    share = np.ones(1)  # of 0, 1, 2, ... significant effects
    for each in power:
        share = np.append(share * (1 - each), 0) + np.append(0, share * each)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = (observed - expected) / np.sqrt(expected * (1 - expected / y.size))
    return ExcessSignificance(
        observed=observed,
        expected=expected,
        power=power,
        p=min(1.0, float(share[observed:].sum())),
        chi2=float(excess**2),
        chi2_p=float(ndtr(-excess)),
        theta=theta,
        tau2=float(tau2),
    )


@dataclass(frozen=True)
class PetPeese:
    """Effects as they would be in studies without any sampling error.

    `pet` is the limit of the regression on the standard error, `peese` that on the variance.
    `chosen` is `PEESE` where PET finds an effect at `alpha`, two-sided, and `PET` otherwise.
    """

    pet: moderators.Coefficient
    peese: moderators.Coefficient
    chosen: str
    alpha: float

    @property
    def adjusted(self) -> moderators.Coefficient:
        """The limit that the conditional rule chooses."""
        return self.peese if self.chosen == "PEESE" else self.pet


def pet_peese(yi: ArrayLike, vi: ArrayLike, *, test: str = "knha", alpha: float = 0.1) -> PetPeese:
    """Effect at a standard error of 0, by weighted regression of effects (k,).

    Weights are 1/vi. `test` "knha" is weighted least squares with a dispersion factor and t on
    k - 2 degrees of freedom, "z" the fixed-effect meta-regression. Raises ValueError below k = 3,
    for variances that are all equal, and for alpha outside (0, 1). Source: Stanley and
    Doucouliagos 2014, Res Synth Methods 5:60-78, whose rule is one-sided at 5%, hence `alpha`.
    """
    probability("alpha", alpha)
    y, v = effects(yi, vi)
    if np.ptp(v) <= NOISE * v.max():
        raise UndefinedError("the standard error must differ between effects")
    limits = []
    for name, predictor in (("PET", np.sqrt(v)), ("PEESE", v)):
        design = np.column_stack([np.ones_like(predictor), predictor])
        model = moderators.meta_regression(y, v, design, (name, "slope"), method="EE", test=test)
        limits.append(model.coefficients[0])
    pet, peese = limits
    return PetPeese(pet, peese, "PEESE" if pet.p < alpha else "PET", alpha)
