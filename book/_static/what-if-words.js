// What the reader's own analysis says: its numbers as the book writes them, and how it differs from
// the living estimate. A measure is { name, unit, ratio }: ratios are read on the natural scale.

const whatIfWords = (() => {
  const METHODS = {
    EE: "EE, common effect",
    DL: "DL, DerSimonian and Laird",
    REML: "REML, restricted maximum likelihood",
  };
  const TESTS = {
    z: "Wald (Knapp-Hartung off)",
    knha: "Knapp-Hartung",
    adhoc: "Knapp-Hartung, never narrower than Wald",
  };

  const minus = (text) => text.replace(/^-(?=[0.]+$)/, "").replace("-", "−");
  const natural = (value, { ratio }) => (ratio ? Math.exp(value) : value);

  function decimal(value, measure) {
    return Number.isFinite(value) ? minus(natural(value, measure).toFixed(2)) : "–";
  }

  function interval(low, high, measure) {
    if (!Number.isFinite(low)) return "not defined";
    return `${decimal(low, measure)} to ${decimal(high, measure)}`;
  }

  function estimate(value, low, high, measure) {
    return `${decimal(value, measure)} (${interval(low, high, measure)})`;
  }

  const significant = (value) => minus(String(Number(value.toPrecision(3))));

  function tick(value, measure) {
    return measure.ratio ? significant(Math.exp(value)) : minus(String(value));
  }

  function pValue(p) {
    if (!Number.isFinite(p)) return "not defined";
    if (p < 0.001) return "p < 0.001";
    if (p >= 0.1) return `p = ${p.toFixed(2)}`;
    return `p = ${p >= 0.0495 && p < 0.0505 ? p.toFixed(4) : p.toFixed(3)}`;
  }

  // The result by terms.
  function facts(outcome, measure, result) {
    const { k, ci_low, ci_high, q_df } = result;
    const pooled = estimate(result.estimate, ci_low, ci_high, measure);
    return {
      Studies: `${k} of ${outcome.studies.length}`,
      "Estimate (95% CI)": `${pooled} ${measure.unit}`.trim(),
      "95% prediction interval": interval(result.pi_low, result.pi_high, measure),
      "tau²": significant(result.tau2),
      "I²": Number.isFinite(result.i2) ? `${result.i2.toFixed(0)}%` : "not defined",
      Q: q_df ? `${significant(result.q)} on ${q_df} df, ${pValue(result.q_p)}` : "not defined",
      "Test of no effect": pValue(result.p),
    };
  }

  // What an axis of effects shows, and which side of no effect is better.
  function axis(outcome, { name, unit }) {
    return `${name}${unit ? ` (${unit})` : ""}; ${outcome.favours} favours treatment`;
  }

  // What stands above a drawing that is saved: the settings and the result.
  function lines(state, measure, result) {
    const settings = `${measure.name}; ${METHODS[state.method]}; interval: ${TESTS[state.test]}`;
    if (!result) return [settings];
    const terms = Object.entries(facts(state.outcome, measure, result));
    const said = terms.map(([term, meaning]) => `${term}: ${meaning}`);
    return [settings, said.slice(0, 3).join("; "), said.slice(3).join("; ")];
  }

  function listed(parts) {
    return parts.length > 1
      ? `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`
      : parts[0];
  }

  // How `state` differs from `usual`, the state of the living estimate: in what goes in and in what
  // comes out.
  function difference(state, usual, measure, result) {
    const own = "This is your own analysis, not a result of this book or of the paper.";
    const { living, studies } = state.outcome;
    if (!living) return own;
    const changes = [];
    const out = studies.length - result.k;
    if (out) changes.push(`leaves out ${out} ${out === 1 ? "study" : "studies"}`);
    if (state.measure !== usual.measure) {
      changes.push(`takes ${state.measure} instead of ${usual.measure}`);
    }
    if (state.method !== usual.method) {
      changes.push(`estimates by ${state.method} instead of ${usual.method}`);
    }
    if (state.test !== usual.test) changes.push("makes its interval in another way");
    if (!changes.length) {
      return (
        "These are the settings and the studies of the living estimate. " +
        "Change any of them for an analysis of your own."
      );
    }
    if (state.measure !== usual.measure) {
      return `${own} It ${listed(changes)}, so that its scale is not that of the living estimate.`;
    }
    const gap = natural(result.estimate, measure) - natural(living.estimate, measure);
    const size = Math.abs(gap).toFixed(2);
    const side =
      size === "0.00" ? "the same to two decimals as" : `${size} ${gap > 0 ? "above" : "below"}`;
    const published = interval(living.ci_low, living.ci_high, measure);
    return (
      `${own} It ${listed(changes)}. Its estimate is ${side} the living estimate, ` +
      `${decimal(living.estimate, measure)} (95% CI ${published}).`
    );
  }

  return { METHODS, TESTS, estimate, tick, facts, axis, lines, difference };
})();
