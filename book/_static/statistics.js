// Pooling in the page: the equations of analysis/statistics, which a test compares on random cases.
// Effects are on the scale of analysis, I² and weights in percent; what is not defined is NaN.

const reviewStatistics = (() => {
  const GRID_POINTS = 65;
  const ITERATIONS = 200;
  const PRECISION = 1e-13;

  // Distributions

  // Logarithm of the gamma function, by Lanczos with g = 7.
  const LANCZOS = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
  ];

  function logGamma(x) {
    const t = x + 6.5;
    const sum = LANCZOS.reduce((total, c, i) => (i ? total + c / (x + i - 1) : c), 0);
    return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
  }

  // A continued fraction b0 + a1/(b1 + a2/(b2 + ...)) by Lentz; `term(i)` is [a, b] of its place i.
  function continuedFraction(first, term) {
    let value = first;
    let c = first;
    let d = 0;
    for (let i = 1; i < 10000; i++) {
      const [a, b] = term(i);
      d = 1 / (b + a * d || 1e-300);
      c = b + a / c || 1e-300;
      value *= c * d;
      if (Math.abs(c * d - 1) < 1e-15) return value;
    }
    throw new Error("a continued fraction did not converge");
  }

  // Upper tail of chi-squared.
  function chiSquaredTail(x, df) {
    const a = df / 2;
    const half = x / 2;
    if (!(half > 0)) return 1;
    const front = Math.exp(a * Math.log(half) - half - logGamma(a));
    if (half < a + 1) {
      let term = 1 / a;
      let sum = term;
      for (let n = 1; term > sum * 1e-17; n++) {
        term *= half / (a + n);
        sum += term;
      }
      return 1 - front * sum;
    }
    return front / continuedFraction(half + 1 - a, (i) => [-i * (i - a), half + 1 - a + 2 * i]);
  }

  // Regularized incomplete beta function.
  function incompleteBeta(x, a, b) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
    const front = Math.exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
    );
    const fraction = continuedFraction(1, (i) => {
      const m = Math.floor(i / 2);
      const d =
        i % 2
          ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
          : (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      return [d, 1];
    });
    return front / (a * fraction);
  }

  // Two-sided p-value of a z, or of a t on `df` degrees of freedom.
  function pValue(statistic, df = Infinity) {
    if (!(df > 0) || Number.isNaN(statistic)) return NaN;
    if (df === Infinity) return chiSquaredTail(statistic ** 2, 1);
    return incompleteBeta(df / (df + statistic ** 2), df / 2, 0.5);
  }

  // The quantile that leaves (1 - level) outside ±itself.
  const quantiles = new Map();

  function quantile(level, df = Infinity) {
    if (!(df > 0)) return NaN;
    const key = `${level} ${df}`;
    if (!quantiles.has(key)) {
      let low = 0;
      let high = 2;
      while (pValue(high, df) > 1 - level) high *= 2;
      for (let i = 0; i < ITERATIONS && high - low > 1e-15 * high; i++) {
        const middle = (low + high) / 2;
        if (pValue(middle, df) > 1 - level) low = middle;
        else high = middle;
      }
      quantiles.set(key, (low + high) / 2);
    }
    return quantiles.get(key);
  }

  // Models

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // Weighted mean under tau², with its weights, variance and generalized Q. In plain loops, as the
  // likelihood calls for it hundreds of times.
  function fit(yi, vi, tau2) {
    const k = yi.length;
    const weights = new Array(k);
    let [total, weighted, q] = [0, 0, 0];
    for (let i = 0; i < k; i++) {
      weights[i] = 1 / (vi[i] + tau2);
      total += weights[i];
      weighted += weights[i] * yi[i];
    }
    const mean = weighted / total;
    for (let i = 0; i < k; i++) q += weights[i] * (yi[i] - mean) ** 2;
    return { weights, total, mean, q };
  }

  function derSimonianLaird(yi, vi) {
    const { weights, total, q } = fit(yi, vi, 0);
    const c = total - sum(weights.map((w) => w ** 2)) / total;
    return Math.max(0, (q - (yi.length - 1)) / c);
  }

  function logLikelihood(yi, vi, tau2) {
    const { total, q } = fit(yi, vi, tau2);
    let logs = 0;
    for (let i = 0; i < vi.length; i++) logs += Math.log(vi[i] + tau2);
    return -0.5 * (logs + Math.log(total) + q);
  }

  // Derivative of the restricted log-likelihood.
  function score(yi, vi, tau2) {
    const { weights, total, mean } = fit(yi, vi, tau2);
    let [squares, squaredWeights] = [0, 0];
    for (let i = 0; i < yi.length; i++) {
      squares += (weights[i] * (yi[i] - mean)) ** 2;
      squaredWeights += weights[i] ** 2;
    }
    return 0.5 * (squares - total + squaredWeights / total);
  }

  // The higher of two maxima wins, as in analysis/statistics/heterogeneity.py, which says why
  // the grid is geometric and where it ends.
  function restrictedMaximumLikelihood(yi, vi) {
    const bottom = vi.reduce((a, b) => Math.min(a, b)) * 1e-3;
    const plain = sum(yi) / yi.length;
    const top = Math.max(sum(yi.map((y) => (y - plain) ** 2)), bottom);
    const grid = [0];
    for (let i = 0; i < GRID_POINTS - 1; i++) {
      grid.push(bottom * (top / bottom) ** (i / (GRID_POINTS - 2)));
    }
    const values = grid.map((tau2) => logLikelihood(yi, vi, tau2));
    const peaks = grid
      .map((_, i) => i)
      .filter((i) => !(values[i] < values[i - 1]) && !(values[i] < values[i + 1]))
      .sort((a, b) => values[b] - values[a])
      .slice(0, 2);
    const found = peaks.map((place) =>
      peak(yi, vi, grid[Math.max(place - 1, 0)], grid[Math.min(place + 1, GRID_POINTS - 1)]),
    );
    return found.reduce((best, tau2) =>
      logLikelihood(yi, vi, tau2) > logLikelihood(yi, vi, best) ? tau2 : best,
    );
  }

  // Where the likelihood is highest between two points around a single peak.
  function peak(yi, vi, from, to) {
    if (score(yi, vi, from) <= 0) return from;
    let low = from;
    let high = to;
    for (let i = 0; i < ITERATIONS && high - low > PRECISION * high; i++) {
      const middle = (low + high) / 2;
      if (score(yi, vi, middle) > 0) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  const METHODS = { EE: () => 0, DL: derSimonianLaird, REML: restrictedMaximumLikelihood };

  const TESTS = ["z", "knha", "adhoc"];

  // I² by the typical sampling variance (Higgins and Thompson 2002, equation 9).
  function typicalVariance(yi, vi) {
    const { weights, total } = fit(yi, vi, 0);
    return (yi.length - 1) / (total - sum(weights.map((w) => w ** 2)) / total);
  }

  // Pool effects `yi` with sampling variances `vi`; the names are those of the Python package.
  function pool(yi, vi, { method = "REML", test = "adhoc", level = 0.95 } = {}) {
    const k = yi.length;
    const df = k - 1;
    const tau2 = df > 0 ? METHODS[method](yi, vi) : 0;
    const { weights, total, mean: estimate, q: residual } = fit(yi, vi, tau2);
    const multiplier = df > 0 ? residual / df : NaN;
    const factor = { z: 1, knha: multiplier, adhoc: Math.max(multiplier, 1) }[test];
    const se = Math.sqrt(factor / total);
    const testDf = test === "z" ? Infinity : df;
    const half = quantile(level, testDf) * se;
    const q = df > 0 ? fit(yi, vi, 0).q : 0;
    const predicted = method !== "EE" && k > 2;
    const reach = predicted ? quantile(level, df) * Math.sqrt(tau2 + se ** 2) : NaN;
    const typical = df > 0 ? typicalVariance(yi, vi) : NaN;
    const fromQ = df > 0 ? (100 * Math.max(q - df, 0)) / Math.max(q, df) : NaN;
    return {
      k,
      estimate,
      se,
      ci_low: estimate - half,
      ci_high: estimate + half,
      statistic: estimate / se,
      p: pValue(estimate / se, testDf),
      tau2,
      i2: method === "EE" ? fromQ : (100 * tau2) / (tau2 + typical),
      q,
      q_df: df,
      q_p: df > 0 ? chiSquaredTail(q, df) : NaN,
      pi_low: estimate - reach,
      pi_high: estimate + reach,
      weights: weights.map((w) => (100 * w) / total),
    };
  }

  return { METHODS: Object.keys(METHODS), TESTS, pool, quantile };
})();
