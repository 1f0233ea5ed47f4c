# Reference values from metafor for tests/test_statistics_metafor.py.
#
# Regenerate from the root of the repository, with R >= 4.2 and metafor >= 3.8:
#
#     Rscript tests/reference/metafor.R
#
# It reads data/spinal-cord-injury/studies.csv and writes tests/reference/metafor.json, where every
# double has 17 significant digits (jsonlite stops at 15, hence the small writer in common.R).

source("tests/reference/common.R")
pdf(NULL) # baujat() draws

# ---- pooling ---------------------------------------------------------------------------------

# predict() has the prediction interval with t on k - 1 (pi.type "t") and on k - 2 ("riley") for
# every test; "default" is the normal for test z but t on k - 1 for knha and adhoc, so that the
# normal one is made from metafor's se and tau2, and is no narrower than metafor's confidence
# interval. An EE model has none.
prediction <- function(res) {
  if (res$method == "EE") return(NULL)
  wide <- predict(res, pi.type = "t")
  riley <- predict(res, pi.type = "riley")
  half <- max(qnorm(0.975) * sqrt(res$se^2 + res$tau2), (res$ci.ub - res$ci.lb) / 2)
  list(
    "k-1" = c(wide$pi.lb, wide$pi.ub),
    "k-2" = c(riley$pi.lb, riley$pi.ub),
    "z" = c(res$beta) + c(-half, half)
  )
}

pooled <- list()
for (name in setdiff(names(sets), "one")) for (method in methods) for (test in tests) {
  if (name == "equal" && test == "knha") next # its standard error is 0, or rounding noise
  res <- fit(sets[[name]], method, test)
  pooled[[length(pooled) + 1]] <- list(
    data = name, method = method, test = test,
    estimate = c(res$beta), se = res$se, ci = c(res$ci.lb, res$ci.ub),
    statistic = res$zval, p = res$pval, tau2 = res$tau2, i2 = res$I2, h2 = res$H2,
    q = res$QE, q_p = res$QEp, prediction = prediction(res),
    weights = if (test == "z") as.numeric(weights(res)) else NULL
  )
}

# The interval does not depend on the method.
profile <- sapply(setdiff(names(sets), "one"), simplify = FALSE, function(name) {
  as.numeric(confint(fit(sets[[name]]), control = list(tol = 1e-15, tau2.max = 1000))$random["tau^2", 2:3])
})

# ---- sensitivity -----------------------------------------------------------------------------

leave_one_out <- lapply(sets[varied], function(set) {
  out <- leave1out(fit(set))
  list(
    estimate = out$estimate, se = out$se, tau2 = out$tau2, i2 = out$I2, q = out$Q,
    ci_low = out$ci.lb, ci_high = out$ci.ub, p = out$pval
  )
})

# cumul() adds one study at a time; here studies of one year enter together, so that the model is
# fitted again to each subset.
cumulative <- lapply(sets[varied], function(set) {
  years <- sort(unique(set$year))
  steps <- lapply(years, function(year) fit(set[set$year <= year, ]))
  part <- function(field) sapply(steps, function(res) c(res[[field]]))
  list(
    years = years, k = part("k"), estimate = part("beta"), se = part("se"), tau2 = part("tau2"),
    ci_low = part("ci.lb"), ci_high = part("ci.ub")
  )
})

influences <- list()
for (name in varied) for (method in c("REML", "DL", "EE")) {
  res <- fit(sets[[name]], method)
  inf <- influence(res)
  pull <- baujat(res)
  influences[[length(influences) + 1]] <- list(
    data = name, method = method,
    rstudent = inf$inf$rstudent, dffits = inf$inf$dffits, cook_d = inf$inf$cook.d,
    cov_ratio = inf$inf$cov.r, tau2_deleted = inf$inf$tau2.del, q_deleted = inf$inf$QE.del,
    hat = inf$inf$hat, weight = inf$inf$weight, dfbetas = inf$dfbs$intrcpt,
    influential = as.logical(inf$is.infl), baujat_x = pull$x, baujat_y = pull$y
  )
}

change <- list()
for (measure in c("MD", "SMD")) for (r in c(0, 0.25, 0.5, 0.75, 0.9)) {
  first <- sets[[paste0("bbb-first.", measure)]]
  last <- sets[[paste0("bbb-last.", measure)]]
  res <- fit(data.frame(
    yi = last$yi - first$yi,
    vi = first$vi + last$vi - 2 * r * sqrt(first$vi * last$vi)
  ))
  change[[length(change) + 1]] <- list(
    measure = measure, correlation = r, estimate = c(res$beta), se = res$se, tau2 = res$tau2,
    vi = res$vi
  )
}

# ---- small-study effects ---------------------------------------------------------------------

# regtest() knows the predictor sei; sqrt(1/n1 + 1/n2) is given to lm() and rma() directly.
asymmetry <- list()
for (name in varied) for (predictor in c("sei", "n")) {
  set <- sets[[name]]
  set$x <- if (predictor == "sei") sqrt(set$vi) else sqrt(1 / set$n1 + 1 / set$n2)
  line <- lm(yi ~ x, data = set, weights = 1 / vi)
  rows <- coef(summary(line))
  ci <- confint(line)
  if (predictor == "sei") {
    check <- regtest(fit(set), model = "lm")
    stopifnot(all.equal(check$zval, rows["x", 3]), all.equal(check$ci.lb, ci[1, 1]))
  }
  asymmetry[[length(asymmetry) + 1]] <- list(
    data = name, predictor = predictor, model = "lm", test = "t",
    slope = rows["x", 1], slope_low = ci[2, 1], slope_high = ci[2, 2],
    statistic = rows["x", 3], p = rows["x", 4],
    limit = rows[1, 1], limit_low = ci[1, 1], limit_high = ci[1, 2]
  )
  for (test in c("z", "knha")) {
    res <- if (predictor == "sei") {
      regtest(fit(set, test = test), model = "rma")$fit
    } else {
      fit(set, test = test, mods = ~x)
    }
    asymmetry[[length(asymmetry) + 1]] <- list(
      data = name, predictor = predictor, model = "rma", test = test,
      slope = res$beta[2], slope_low = res$ci.lb[2], slope_high = res$ci.ub[2],
      statistic = res$zval[2], p = res$pval[2],
      limit = res$beta[1], limit_low = res$ci.lb[1], limit_high = res$ci.ub[1]
    )
  }
}

# cor.test(), which ranktest() calls, is exact for any k without ties; the set "ties" has none of
# them exact, the set "many" has 60 studies.
wave <- function(k) list(yi = sin(seq_len(k) * 1.7) + seq_len(k) / 40, vi = (2 + cos(seq_len(k)^2)) / 9)
ranked <- c(
  lapply(sets[varied], function(set) list(yi = set$yi, vi = set$vi)),
  list(
    many = wave(60),
    ties = list(yi = c(0.4, 0.1, 0.9, 0.7, 0.3, 0.8, 0.2), vi = c(1, 2, 2, 3, 1, 4, 4) / 10),
    # Effects that are the pooled one, and studies that are the same.
    pooled = list(yi = c(0.5, 0.5, 0.8, 0.5, 0.2), vi = c(0.31, 0.31, 0.04, 0.34, 0.04)),
    same = list(
      yi = c(0.1, 0.1, 0.5, 0.3, 0.7, 0.1), vi = c(0.03, 0.03, 0.18, 0.37, 0.29, 0.03)
    ),
    pair = list(
      yi = c(0.9, 0.9, 0.4, 0.8, 0.6, 1.1, 0.3, 0.4),
      vi = c(0.17, 0.17, 0.12, 0.15, 0.26, 0.14, 0.33, 0.12)
    )
  )
)
rank <- lapply(ranked, function(set) {
  res <- suppressWarnings(ranktest(set$yi, set$vi))
  list(yi = set$yi, vi = set$vi, tau = as.numeric(res$tau), p = as.numeric(res$pval))
})

# trimfill() trims with the model that it was given. To trim with EE and pool with REML (the
# original proposal, and the default of other programs), the filled data are fitted again.
trim_and_fill <- list()
for (name in varied) for (trim in c("REML", "DL", "EE")) for (estimator in c("L0", "R0")) {
  for (side in c("left", "right", if (trim != "EE") "default")) {
    set <- sets[[name]]
    args <- list(fit(set, trim), estimator = estimator, control = tight)
    # The standard error of k0, which is not used here, can be the root of a negative number.
    res <- suppressWarnings(
      do.call(trimfill, if (side == "default") args else c(args, side = side))
    )
    final <- if (trim == "EE") "REML" else trim
    filled <- data.frame(yi = as.numeric(res$yi), vi = res$vi)
    pool <- fit(filled, final)
    trim_and_fill[[length(trim_and_fill) + 1]] <- list(
      data = name, method = final, trim_method = trim, estimator = estimator, side = side,
      found_side = res$side, k0 = res$k0, filled_yi = I(filled$yi[res$fill]),
      filled_vi = I(filled$vi[res$fill]), estimate = c(pool$beta), se = pool$se, tau2 = pool$tau2
    )
  }
}

# ---- moderators ------------------------------------------------------------------------------

regression <- list()
for (name in varied) for (method in methods) {
  for (test in if (method == "REML") tests else "z") {
    res <- fit(sets[[name]], method, test, mods = ~group)
    regression[[length(regression) + 1]] <- list(
      data = name, method = method, test = test, levels = sort(unique(sets[[name]]$group)),
      beta = c(res$beta), se = res$se, ci_low = res$ci.lb, ci_high = res$ci.ub, p = res$pval,
      vcov = unname(unlist(apply(vcov(res), 1, list), recursive = FALSE)),
      tau2 = res$tau2, qm = res$QM, qm_p = res$QMp, qe = res$QE, qe_p = res$QEp, i2 = res$I2,
      # metafor's R2 of an EE model is an adjusted R-squared of weighted regression: another thing.
      r2 = if (method == "EE") NULL else res$R2
    )
  }
}

# Polynomials of the centred year; that of the year itself metafor refuses.
polynomial <- list()
for (degree in 2:3) for (test in c("z", "knha")) {
  set <- sets[["bbb-first.MD"]]
  set$x <- set$year - 2021
  res <- fit(set, test = test, mods = if (degree == 2) ~ x + I(x^2) else ~ x + I(x^2) + I(x^3))
  stopifnot(inherits(try(fit(set, mods = ~ year + I(year^2)), silent = TRUE), "try-error"))
  polynomial[[length(polynomial) + 1]] <- list(
    degree = degree, test = test, beta = c(res$beta), se = res$se, p = res$pval,
    tau2 = res$tau2, qm = res$QM, qm_p = res$QMp, qe = res$QE, i2 = res$I2
  )
}

# Groups in their order of appearance; contrasts of all pairs i < j, first minus second.
# P-scores from the contrasts: P(group's effect is larger), averaged over the other groups.
subgroups <- list()
for (name in varied) for (test in c("z", "knha")) {
  set <- sets[[name]]
  levels <- unique(set$group)
  set$level <- factor(set$group, levels)
  common <- fit(set, test = test, mods = ~ level - 1)
  n <- length(levels)
  larger <- matrix(0, n, n)
  pairs <- list()
  for (i in 1:(n - 1)) for (j in (i + 1):n) {
    L <- diag(n)[i, ] - diag(n)[j, ]
    at <- predict(common, newmods = L)
    wald <- anova(common, X = rbind(L))
    one_sided <- if (test == "z") pnorm(c(wald$zval)) else pt(c(wald$zval), df = common$ddf)
    larger[i, j] <- one_sided
    larger[j, i] <- 1 - one_sided
    pairs[[length(pairs) + 1]] <- list(
      estimate = at$pred, se = at$se, ci_low = at$ci.lb, ci_high = at$ci.ub, p = c(wald$pval)
    )
  }
  differ <- anova(common, X = cbind(-1, diag(n)[-1, -1]))
  # Each group by itself, and the Q test of the separate estimates.
  single <- lapply(levels, function(level) fit(set[set$group == level, ], test = test))
  part <- function(field) sapply(single, function(res) c(res[[field]]))
  between <- rma(part("beta"), sei = part("se"), method = "EE")
  subgroups[[length(subgroups) + 1]] <- list(
    data = name, test = test, levels = levels, tau2 = common$tau2,
    common_estimate = c(common$beta), common_se = common$se, contrasts = pairs,
    common_q = differ$QM, common_p = differ$QMp, p_scores = rowSums(larger) / (n - 1),
    estimate = part("beta"), se = part("se"), group_tau2 = part("tau2"),
    ci_low = part("ci.lb"), ci_high = part("ci.ub"),
    q_between = between$QE, q_between_p = between$QEp
  )
}

# ---- effect sizes of small tables ------------------------------------------------------------

counts <- list(
  events_treated = c(5, 0, 12, 3, 0, 8, 0), n_treated = c(20, 15, 30, 3, 9, 8, 7),
  events_control = c(9, 4, 0, 2, 0, 1, 7), n_control = c(22, 14, 28, 10, 11, 6, 7)
)
means <- list(
  n_treated = c(6, 12, 25), mean_treated = c(2.4, 0.81, 31), sd_treated = c(0.7, 0.3, 12),
  n_control = c(6, 10, 25), mean_control = c(1.1, 0.93, 11), sd_control = c(0.2, 0.41, 5)
)
effect_sizes <- c(
  lapply(c("OR", "RR", "RD"), function(measure) {
    es <- escalc(measure,
      ai = counts$events_treated, n1i = counts$n_treated,
      ci = counts$events_control, n2i = counts$n_control
    )
    list(measure = measure, arms = counts, yi = as.numeric(es$yi), vi = es$vi)
  }),
  lapply(c("MD", "SMD", "ROM"), function(measure) {
    es <- escalc(measure,
      n1i = means$n_treated, m1i = means$mean_treated, sd1i = means$sd_treated,
      n2i = means$n_control, m2i = means$mean_control, sd2i = means$sd_control
    )
    list(measure = measure, arms = means, yi = as.numeric(es$yi), vi = es$vi)
  })
)

# NA are the trials that are left out.
dropped <- lapply(c("OR", "RR", "RD"), function(measure) {
  arms <- list(
    events_treated = c(0, 5, 12, 8, 0), n_treated = c(10, 20, 30, 8, 12),
    events_control = c(0, 9, 0, 6, 4), n_control = c(11, 22, 28, 6, 12)
  )
  es <- escalc(measure,
    ai = arms$events_treated, n1i = arms$n_treated,
    ci = arms$events_control, n2i = arms$n_control, drop00 = TRUE
  )
  list(measure = measure, arms = arms, yi = as.numeric(es$yi), vi = es$vi)
})

reference <- list(
  metafor = as.character(packageVersion("metafor")), r = as.character(getRversion()),
  data = sets, pooled = pooled, profile = profile,
  leave_one_out = leave_one_out, cumulative = cumulative, influence = influences, change = change,
  asymmetry = asymmetry, rank = rank, trim_and_fill = trim_and_fill,
  regression = regression, polynomial = polynomial, subgroups = subgroups,
  effect_sizes = effect_sizes, dropped = dropped
)
write_json(reference, "tests/reference/metafor.json")
