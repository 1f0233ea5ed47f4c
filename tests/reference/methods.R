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
smd <- lapply(c("LS", "UB"), function(vtype) {
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

# ---- JSON ------------------------------------------------------------------------------------

write_json(list(
  metafor = as.character(packageVersion("metafor")), r = as.character(getRversion()),
  heterogeneity = heterogeneities, smd = smd, generic = generic,
  permutation = permutations, gosh = goshes
), "tests/reference/methods.json")
