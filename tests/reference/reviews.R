# Three reviews as R would print them, for tests/test_reviews.py: the numbers of a paper that used
# the unbiased variance of an SMD, of one with DerSimonian-Laird and Knapp-Hartung, and of one with
# subgroups, each rounded to two decimals as papers round.
#
# The arms are those of Normand 1999, Stat Med 18:321-359 (length of stay after stroke), of metafor.
#
# Regenerate from the root of the repository, with R >= 4.2 and metafor >= 3.8:
#
#     Rscript tests/reference/reviews.R

source("tests/reference/common.R")

dat <- dat.normand1999
dat$group <- ifelse(dat$study %% 2 == 0, "even", "odd")
two <- function(x) sprintf("%.2f", x)
triple <- function(x) lapply(list(value = x[1], lower = x[2], upper = x[3]), two)

rows_of <- function(measure, vtype, method, test, tau2_from) {
  es <- escalc(measure, n1i = n1i, m1i = m1i, sd1i = sd1i, n2i = n2i, m2i = m2i, sd2i = sd2i,
    vtype = if (measure == "SMD") vtype else "LS", data = dat)
  res <- rma(yi, vi, data = es, method = method, test = test)
  half <- qnorm(0.975) * sqrt(es$vi)
  if (tau2_from == "common") {
    model <- rma(yi, vi, mods = ~ group - 1, data = es, method = method, test = test)
    groups <- lapply(seq_along(c("even", "odd")), function(i) triple(c(model$beta[i], model$ci.lb[i], model$ci.ub[i])))
  } else {
    fits <- lapply(c("even", "odd"), function(g) rma(yi, vi, data = es[es$group == g, ], method = method, test = test))
    groups <- lapply(fits, function(f) triple(c(f$beta, f$ci.lb, f$ci.ub)))
  }
  names(groups) <- c("even", "odd")
  list(
    settings = list(measure = measure, vtype = vtype, model = method, test = test, i2_from = "tau2", tau2_from = tau2_from),
    effects = lapply(seq_len(nrow(es)), function(i) triple(es$yi[i] + c(0, -half[i], half[i]))),
    weights = lapply(weights(res), two),
    pooled = triple(c(res$beta, res$ci.lb, res$ci.ub)),
    tau2 = two(res$tau2), i2 = two(res$I2), q = two(res$QE), groups = groups
  )
}

arms <- list(
  study = paste("Study", dat$study), group = dat$group,
  n_treated = dat$n1i, mean_treated = dat$m1i, sd_treated = dat$sd1i,
  n_control = dat$n2i, mean_control = dat$m2i, sd_control = dat$sd2i
)
reviews <- list(
  "unbiased variance" = rows_of("SMD", "UB", "REML", "z", "common"),
  "corrected variance" = rows_of("SMD", "LS2", "DL", "z", "separate"),
  "DL and knha" = rows_of("MD", "LS", "DL", "knha", "separate"),
  "subgroups with one tau2" = rows_of("MD", "LS", "REML", "z", "common"),
  "subgroups with their own tau2" = rows_of("SMD", "LS", "PM", "knha", "separate")
)
write_json(c(list(arms = arms), reviews), "tests/reference/reviews.json")
