# Reference values from metafor for tests/test_statistics_methods.py: what goes beyond pooling.
#
# Regenerate from the root of the repository, with R >= 4.2, metafor >= 3.8 and clubSandwich >= 0.5:
#
#     Rscript tests/reference/methods.R
#
# It writes tests/reference/methods.json; the data sets stand in metafor.json.

source("tests/reference/common.R")

x_of <- function(name) sets[[name]]$x
continuous <- c("bcg.RR", "bcg.OR", "expectancy")

# ---- heterogeneity ---------------------------------------------------------------------------

# uniroot() stops at its tolerance, which is absolute.
heterogeneity_of <- function(res) {
  ci <- confint(res, control = list(tol = 1e-15, tau2.max = 1000))$random
  list(
    se_tau2 = res$se.tau2, tau2 = ci["tau^2", ], i2 = ci["I^2(%)", ], h2 = ci["H^2", ]
  )
}
heterogeneities <- list()
for (name in setdiff(names(sets), c("one", "equal"))) for (method in setdiff(methods, "EE")) {
  heterogeneities[[length(heterogeneities) + 1]] <- c(
    list(data = name, method = method, moderator = FALSE),
    heterogeneity_of(fit(sets[[name]], method))
  )
}
for (name in continuous) for (method in setdiff(methods, "EE")) {
  heterogeneities[[length(heterogeneities) + 1]] <- c(
    list(data = name, method = method, moderator = TRUE),
    heterogeneity_of(fit(sets[[name]], method, mods = ~x))
  )
}

# ---- effect sizes ----------------------------------------------------------------------------

means <- list(
  n_treated = c(6, 12, 25, 2), mean_treated = c(2.4, 0.81, 31, 3.1), sd_treated = c(0.7, 0.3, 12, 2),
  n_control = c(6, 10, 25, 3), mean_control = c(1.1, 0.93, 11, 1.2), sd_control = c(0.2, 0.41, 5, 1)
)
smd <- lapply(c("LS", "LS2", "UB"), function(vtype) {
  es <- escalc("SMD",
    n1i = means$n_treated, m1i = means$mean_treated, sd1i = means$sd_treated,
    n2i = means$n_control, m2i = means$mean_control, sd2i = means$sd_control, vtype = vtype
  )
  list(vtype = vtype, arms = means, yi = as.numeric(es$yi), vi = es$vi)
})

# metafor 3.8 has no function that reads a z or a p: qnorm() turns them into standard errors.
printed <- list(effect = c(1.8, 0.55, 2.4), z = c(2.1, -3.3, 0.4), p = c(0.04, 1e-9, 0.81))
generic <- list()
for (measure in c("GEN", "HR")) {
  yi <- if (measure == "HR") log(printed$effect) else printed$effect * sign(printed$z)
  effect <- if (measure == "HR") printed$effect else yi
  half <- c(0.7, 0.2, 1.1)
  limits <- list(low = yi - half, high = yi + half)
  if (measure == "HR") limits <- lapply(limits, exp)
  add <- function(from, argument, sei) {
    es <- escalc("GEN", yi = yi, sei = sei)
    generic[[length(generic) + 1]] <<- list(
      measure = measure, from = from, arguments = c(list(effect), argument),
      yi = as.numeric(es$yi), vi = es$vi
    )
  }
  add("from_standard_error", list(half), half)
  add("from_variance", list(half^2), half)
  add("from_interval", unname(limits), half / qnorm(0.975))
  add("from_z", list(printed$z), yi / printed$z)
  add("from_p", list(printed$p), abs(yi) / qnorm(printed$p / 2, lower.tail = FALSE))
}

# ---- permutations and subsets ------------------------------------------------------------------

# Exact tests of the first k effects; metafor counts a statistic as equal within 1.5e-8.
head_of <- function(name, k) sets[[name]][seq_len(k), ]
permutations <- list()
add_permutation <- function(name, k, method, test, moderator) {
  set <- head_of(name, k)
  res <- if (moderator == "none") {
    fit(set, method, test)
  } else {
    set$m <- if (moderator == "x") set$x else as.numeric(set$group == set$group[1])
    fit(set, method, test, mods = ~m)
  }
  out <- permutest(res, exact = TRUE, progbar = FALSE)
  permutations[[length(permutations) + 1]] <<- list(
    data = name, k = k, method = method, test = test, moderator = moderator,
    p = I(as.numeric(out$pval)), qm_p = out$QMp
  )
}
for (method in c("REML", "DL", "EE")) for (test in c("z", "knha")) {
  add_permutation("bcg.RR", 8, method, test, "none")
  add_permutation("expectancy", 6, method, test, "none")
}
for (method in c("REML", "DL")) for (test in c("z", "knha")) {
  add_permutation("bcg.RR", 5, method, test, "x")
  add_permutation("bcg.OR", 8, method, test, "group")
}

goshes <- list()
for (method in c("REML", "DL", "EE")) for (name in c("bcg.RR", "bbb-last.SMD")) {
  set <- head_of(name, 8)
  out <- gosh(fit(set, method), progbar = FALSE)
  goshes[[length(goshes) + 1]] <- list(
    data = name, k = 8, method = method, include = apply(out$incl + 0, 1, paste, collapse = ""),
    estimate = out$res$estimate, tau2 = out$res$tau2, i2 = out$res$I2, h2 = out$res$H2,
    q = out$res$QE
  )
}

# ---- selection ---------------------------------------------------------------------------------

pet_peese <- list()
for (name in varied) for (form in c("WLS", "FE")) {
  set <- sets[[name]]
  limit <- function(predictor) {
    set$p <- predictor
    if (form == "WLS") {
      line <- lm(yi ~ p, data = set, weights = 1 / vi)
      return(c(coef(summary(line))[1, c(1, 2, 4)], confint(line)[1, ]))
    }
    res <- fit(set, "EE", mods = ~p)
    c(res$beta[1], res$se[1], res$pval[1], res$ci.lb[1], res$ci.ub[1])
  }
  pet_peese[[length(pet_peese) + 1]] <- list(
    data = name, form = form, pet = unname(limit(sqrt(set$vi))), peese = unname(limit(set$vi))
  )
}

# tes() cuts the distribution of true effects at 5 tau, which changes the seventh digit of the power:
# here its integrand goes to the end, and the same tests follow.
excess <- list()
for (name in setdiff(names(sets), c("one", "equal"))) for (method in c("EE", "REML", "DL")) {
  set <- sets[[name]]
  res <- fit(set, method)
  theta <- c(res$beta)
  out <- suppressWarnings(tes(set$yi, set$vi, theta = theta, tau2 = res$tau2, test = "chi2",
    progbar = FALSE, find.lim = FALSE, rel.tol = 1e-11, subdivisions = 10000L
  ))
  power <- sapply(sqrt(set$vi), function(sei) {
    chance <- function(x, tau) {
      metafor:::.tes.intfun(x, theta = theta, tau = tau, sei = sei, H0 = 0,
        alternative = "two.sided", crit = qnorm(0.975)
      )
    }
    if (res$tau2 == 0) return(chance(theta, 0.1) / dnorm(0, 0, 0.1))
    tau <- sqrt(res$tau2)
    integrate(chance, theta - 12 * tau, theta + 12 * tau, tau = tau,
      rel.tol = 1e-12, subdivisions = 10000L
    )$value
  })
  stopifnot(abs(sum(power) - out$E) < 6e-7 * res$k)
  ones <- function(n) {
    if (n == 0) return(prod(1 - power))
    sum(combn(res$k, n, function(i) prod(power[i]) * prod(1 - power[-i])))
  }
  exact <- if (res$k <= 13) sum(sapply(out$O:res$k, ones)) else NULL
  chi2 <- suppressWarnings(
    prop.test(out$O, res$k, p = sum(power) / res$k, alternative = "greater", correct = FALSE)
  )
  excess[[length(excess) + 1]] <- list(
    data = name, method = method, observed = out$O, expected = sum(power), power = power,
    chi2 = unname(chi2$statistic), chi2_p = chi2$p.value, p = exact
  )
}

# optim() leaves the sixth digit open, whatever its tolerance, and keeps tau2 off 0. Newton's steps on
# metafor's own likelihood end the way; where they lead below 0, tau2 is fixed at 0.
selection <- list()
add_selection <- function(name, steps, alternative = "greater") {
  res <- fit(sets[[name]], "ML")
  out <- selmodel(res, type = "stepfun", steps = steps, alternative = alternative,
    control = list(optmethod = "BFGS", reltol = 1e-16, maxit = 10000)
  )
  n <- length(out$delta)
  zero <- out$tau2 < 1e-6
  minus_ll <- function(par) {
    metafor:::.selmodel.ll.stepfun(
      c(par[1], if (zero) 0 else par[n + 1], 1, par[2:n]),
      yi = c(res$yi), vi = res$vi, X = res$X, preci = rep(1, res$k), k = res$k, pX = 1,
      pvals = out$pvals, deltas = n, delta.val = c(1, rep(NA, n - 1)), delta.transf = FALSE,
      tau2.val = NA, tau2.transf = FALSE, tau2.max = Inf, beta.val = NA, steps = c(steps, 1),
      pgrp = sapply(out$pvals, function(p) which(p <= c(steps, 1))[1]), alternative = alternative,
      verbose = FALSE
    )
  }
  par <- c(out$beta, out$delta[-1], if (!zero) out$tau2)
  for (i in 1:4) par <- par - solve(numDeriv::hessian(minus_ll, par), numDeriv::grad(minus_ll, par))
  se <- sqrt(diag(solve(numDeriv::hessian(minus_ll, par, method.args = list(r = 6)))))
  ll <- -minus_ll(par)
  lrt <- -2 * (c(logLik(res)) - ll)
  stopifnot(
    all.equal(par[1], c(out$beta), tolerance = 1e-4), all.equal(ll, c(logLik(out)), tolerance = 1e-5)
  )
  selection[[length(selection) + 1]] <<- list(
    data = name, steps = I(steps), alternative = alternative, estimate = par[1], se = se[1],
    ci_low = par[1] - qnorm(0.975) * se[1], ci_high = par[1] + qnorm(0.975) * se[1],
    p = 2 * pnorm(-abs(par[1] / se[1])), tau2 = if (zero) 0 else par[n + 1],
    se_tau2 = if (zero) NA else se[n + 1], delta = c(1, par[2:n]), delta_se = c(NA, se[2:n]),
    ll = ll, lrt = lrt, lrt_p = pchisq(lrt, n - 1, lower.tail = FALSE)
  )
}
for (name in c("asymmetric", "smoking", "expectancy", "bbb-first.SMD")) add_selection(name, 0.025)
for (name in c("smoking", "expectancy")) add_selection(name, c(0.025, 0.5))
for (name in c("bcg.RR", "bcg.OR")) add_selection(name, 0.025, "less")

# ---- dependent effects -------------------------------------------------------------------------

# School calendars (Konstantopoulos 2011), 56 effects of 11 districts, and juvenile delinquency
# (Assink and Wibbelink 2016), 100 effects of 17 studies, from metadat; and effects that hardly
# differ within a study, or between studies, so that a variance is 0.
wavy <- function(within, between) {
  study <- rep(1:6, times = c(1, 4, 2, 3, 2, 1))
  i <- seq_along(study)
  data.frame(
    yi = 0.4 + between * sin(2.3 * study) + within * cos(1.7 * i^2), vi = (3 + cos(i)) / 40,
    study = study, x = i %% 5
  )
}
clustered <- list(
  calendars = with(metadat::dat.konstantopoulos2011, data.frame(
    yi = as.numeric(yi), vi = vi, study = district, x = year - 1990
  )),
  delinquency = with(metadat::dat.assink2016, data.frame(
    yi = as.numeric(yi), vi = vi, study = study, x = year
  )),
  alike_within = wavy(0.05, 0.9),
  alike_between = wavy(0.9, 0.01),
  alike = wavy(0.02, 0.02)
)
# nlminb() stops early; Newton's steps on metafor's likelihood end the way. A variance that it leaves
# at 0 stays there. `model` fits all variances, or the model with those that it is given.
climbed <- function(model) {
  sigma2 <- model()$sigma2
  free <- sigma2 > 1e-6
  sigma2[!free] <- 0
  minus_ll <- function(par) -c(logLik(model(replace(sigma2, free, par))))
  if (any(free)) for (i in 1:3) {
    par <- sigma2[free]
    sigma2[free] <- par - solve(numDeriv::hessian(minus_ll, par), numDeriv::grad(minus_ll, par))
  }
  model(sigma2)
}
three_levels <- list()
robusts <- list()
for (name in names(clustered)) for (moderator in c(FALSE, TRUE)) {
  set <- clustered[[name]]
  set$effect <- seq_len(nrow(set))
  mods <- if (moderator) ~x else ~1
  res <- climbed(function(sigma2 = c(NA, NA)) {
    rma.mv(yi, vi, mods = mods, random = ~ 1 | study / effect, data = set, sparse = FALSE,
      sigma2 = sigma2
    )
  })
  three_levels[[length(three_levels) + 1]] <- list(
    data = name, moderator = moderator, beta = I(c(res$beta)), se = I(res$se), ci_low = I(res$ci.lb),
    ci_high = I(res$ci.ub), p = I(res$pval), sigma2 = res$sigma2, ll = c(logLik(res)), q = res$QE,
    q_p = res$QEp
  )
  for (working in c("three-level", "EE")) for (correction in c("CR0", "CR1", "CR2")) {
    if (working == "EE") res <- rma.mv(yi, vi, mods = mods, data = set, sparse = FALSE)
    if (correction == "CR2") {
      vb <- clubSandwich::vcovCR(res, cluster = set$study, type = "CR2")
      test <- clubSandwich::coef_test(res, vcov = vb, cluster = set$study, test = "Satterthwaite")
      ci <- clubSandwich::conf_int(res, vcov = vb, cluster = set$study, test = "Satterthwaite")
      se <- test$SE
      df <- if (is.null(test$df)) test$df_Satt else test$df
      p <- test$p_Satt
      ends <- list(ci$CI_L, ci$CI_U)
    } else {
      out <- robust(res, cluster = set$study, adjust = correction == "CR1")
      se <- out$se
      df <- rep(out$dfs, length(se))
      p <- out$pval
      ends <- list(out$ci.lb, out$ci.ub)
    }
    robusts[[length(robusts) + 1]] <- list(
      data = name, moderator = moderator, working = working, correction = correction,
      sigma2 = if (working == "EE") c(0, 0) else res$sigma2, beta = I(c(res$beta)), se = I(se),
      df = I(df), p = I(p), ci_low = I(ends[[1]]), ci_high = I(ends[[2]])
    )
  }
}

# ---- errors that depend ------------------------------------------------------------------------

# Several treatments against one control: their standard deviations differ, or are those of the
# control, for which vcalc() gives the covariance too.
arms_of <- function(alike) {
  study <- c("a", "a", "b", "b", "b", "c", "d", "d", "e")
  m <- seq_along(study)
  first <- match(study, study)
  sdc <- 1 + first / 10
  set <- data.frame(
    study = study, n_treated = 6 + m %% 4, mean_treated = 2 + sin(3 * m) + first / 6,
    sd_treated = if (alike) sdc else 1.2 + cos(m) / 3, n_control = 8 + first %% 3,
    mean_control = 1 + cos(first) / 5, sd_control = sdc
  )
  set$effect <- m
  set
}
control_covariances <- list()
for (measure in c("MD", "SMD")) for (alike in c(FALSE, TRUE)) {
  set <- arms_of(alike)
  es <- escalc(measure,
    n1i = n_treated, m1i = mean_treated, sd1i = sd_treated,
    n2i = n_control, m2i = mean_control, sd2i = sd_control, data = set
  )
  yi <- as.numeric(es$yi)
  # Gleser and Olkin 2009; N are all animals of the study.
  total <- set$n_control + ave(set$n_treated, set$study, FUN = sum)
  shared <- if (measure == "MD") {
    outer(set$sd_control, set$sd_control) / set$n_control
  } else {
    1 / set$n_control + outer(yi, yi) / (2 * total)
  }
  v <- ifelse(outer(set$study, set$study, "=="), shared, 0)
  diag(v) <- es$vi
  if (measure == "MD" && alike) {
    set$control <- "control"
    by_vcalc <- vcalc(es$vi, cluster = study, grp1 = effect, grp2 = control,
      w1 = n_treated, w2 = n_control, data = set
    )
    stopifnot(all.equal(unname(v), unname(by_vcalc), tolerance = 1e-12))
  }
  control_covariances[[length(control_covariances) + 1]] <- list(
    measure = measure, alike = alike,
    arms = set[c("n_treated", "mean_treated", "sd_treated", "n_control", "mean_control", "sd_control")],
    control = set$study, yi = yi, v = lapply(seq_len(nrow(v)), function(i) v[i, ])
  )
}

# The models of the section before, with errors that correlate within a study, and without
# variance within a study.
correlated <- list()
profiles <- list()
add_correlated <- function(name, rho, within, moderator) {
  set <- clustered[[name]]
  set$effect <- seq_len(nrow(set))
  mods <- if (moderator) ~x else ~1
  v <- vcalc(vi, cluster = study, obs = effect, rho = rho, data = set)
  random <- if (within) ~ 1 | study / effect else ~ 1 | study
  n <- if (within) 2 else 1
  model <- function(sigma2 = rep(NA, n)) {
    rma.mv(yi, v, mods = mods, random = random, data = set, sparse = FALSE, sigma2 = sigma2)
  }
  res <- climbed(model)
  sigma2 <- res$sigma2
  vb <- clubSandwich::vcovCR(res, cluster = set$study, type = "CR2")
  test <- clubSandwich::coef_test(res, vcov = vb, cluster = set$study, test = "Satterthwaite")
  both <- c(sigma2, if (!within) 0)
  correlated[[length(correlated) + 1]] <<- list(
    data = name, rho = rho, within = within, moderator = moderator,
    covariance = I(v[outer(set$study, set$study, "==") & lower.tri(v)][1:10]),
    beta = I(c(res$beta)), se = I(res$se), ci_low = I(res$ci.lb), ci_high = I(res$ci.ub),
    p = I(res$pval), sigma2 = both, ll = c(logLik(res)), q = res$QE, q_p = res$QEp,
    robust_se = I(test$SE), robust_df = I(if (is.null(test$df)) test$df_Satt else test$df),
    robust_p = I(test$p_Satt)
  )

  # confint() stops early: the limits are found on the same likelihood, to the last digits.
  x <- model.matrix(mods, set)
  same <- outer(set$study, set$study, "==")
  constant <- determinant(crossprod(x))$modulus / 2 - (nrow(set) - ncol(x)) * log(2 * pi) / 2
  ll <- function(par) {
    root <- chol(v + par[1] * same + par[2] * diag(nrow(set)))
    wx <- backsolve(root, x, transpose = TRUE)
    wy <- backsolve(root, set$yi, transpose = TRUE)
    rss <- sum(qr.resid(qr(wx), wy)^2)
    c(constant - sum(log(diag(root))) - determinant(crossprod(wx))$modulus / 2 - rss / 2)
  }
  stopifnot(all.equal(ll(both), c(logLik(res)), tolerance = 1e-10))
  printed <- confint(model())
  limits <- lapply(seq_len(n), function(place) {
    profile <- function(value) {
      one <- function(other) ll(if (place == 1) c(value, other) else c(other, value))
      if (!within) return(one(0))
      top <- 10 * max(both) + 1
      max(one(0), optimize(one, c(0, top), maximum = TRUE, tol = 1e-10)$objective,
        optimize(one, c(0, top / 20), maximum = TRUE, tol = 1e-10)$objective
      )
    }
    beyond <- function(value) profile(value) - ll(both) + qchisq(0.95, 1) / 2
    end <- function(from, to) uniroot(beyond, c(from, to), tol = 1e-13)$root
    found <- c(
      if (beyond(0) >= 0) 0 else end(0, both[place]), end(both[place], 100 * max(both) + 10)
    )
    rough <- if (n > 1) printed[[place]]$random[1, 2:3] else printed$random[1, 2:3]
    stopifnot(all.equal(found, unname(rough), tolerance = 2e-3))
    found
  })
  profiles[[length(profiles) + 1]] <<- list(
    data = name, rho = rho, within = within, moderator = moderator, between = limits[[1]],
    within_limits = if (within) limits[[2]] else c(NA, NA)
  )
}
for (name in names(clustered)) for (within in c(TRUE, FALSE)) {
  for (rho in c(0, 0.6)) add_correlated(name, rho, within, FALSE)
}
for (name in c("calendars", "delinquency")) add_correlated(name, 0.8, TRUE, TRUE)

# ---- JSON ------------------------------------------------------------------------------------

write_json(list(
  metafor = as.character(packageVersion("metafor")), r = as.character(getRversion()),
  heterogeneity = heterogeneities, smd = smd, generic = generic,
  permutation = permutations, gosh = goshes,
  pet_peese = pet_peese, excess = excess, selection = selection,
  clustered = clustered, three_level = three_levels, robust = robusts,
  control = control_covariances, correlated = correlated, profile = profiles
), "tests/reference/methods.json")
