# What the scripts of this folder share: the fit, the data sets, and the writer of JSON.
#
# metafor's default tolerances are absolute and loose (1e-5 for Fisher scoring, 1e-4 for root
# finding), so `tight` replaces them wherever a model is fitted.
#
# The classical data sets come with metafor's companion package metadat, under the GPL. Their files
# are not copied: the scripts read them where R has them, and the JSON holds the effect sizes, their
# variances and the moderators that the tests need as inputs.

suppressPackageStartupMessages(library(metafor))

methods <- c("EE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
tests <- c("z", "knha", "adhoc")
tight <- list(threshold = 1e-15, maxiter = 10000, tol = 1e-15)

# metafor warns that knha and adhoc are not meant for EE; the numbers are compared all the same.
fit <- function(set, method = "REML", test = "z", ...) {
  suppressWarnings(rma(yi, vi, data = set, method = method, test = test, control = tight, ...))
}

# ---- data ------------------------------------------------------------------------------------

studies <- read.csv("data/spinal-cord-injury/studies.csv", stringsAsFactors = FALSE)

arms <- function(outcome, measure) {
  rows <- studies[studies$outcome == outcome & studies$in_review == "yes", ]
  es <- escalc(measure,
    n1i = rows$n_treated, m1i = rows$mean_treated, sd1i = rows$sd_treated,
    n2i = rows$n_control, m2i = rows$mean_control, sd2i = rows$sd_control
  )
  data.frame(
    yi = as.numeric(es$yi), vi = es$vi,
    n1 = rows$n_treated, m1 = rows$mean_treated, sd1 = rows$sd_treated,
    n2 = rows$n_control, m2 = rows$mean_control, sd2 = rows$sd_control,
    year = rows$year, group = rows$source, stringsAsFactors = FALSE
  )
}

synthetic <- function(yi, vi) {
  k <- length(yi)
  data.frame(
    yi = yi, vi = vi, n1 = 5 + seq_len(k), n2 = rep(c(6, 9), length.out = k),
    year = 2010 + seq_len(k) %/% 2, group = rep(c("a", "b", "c"), length.out = k),
    stringsAsFactors = FALSE
  )
}

trials <- function(measure) {
  bcg <- metadat::dat.bcg
  es <- escalc(measure, ai = bcg$tpos, bi = bcg$tneg, ci = bcg$cpos, di = bcg$cneg)
  data.frame(
    yi = as.numeric(es$yi), vi = es$vi, n1 = bcg$tpos + bcg$tneg, n2 = bcg$cpos + bcg$cneg,
    year = bcg$year, group = bcg$alloc, x = bcg$ablat, stringsAsFactors = FALSE
  )
}

sets <- list(
  "bbb-first.MD" = arms("bbb-first", "MD"),
  "bbb-first.SMD" = arms("bbb-first", "SMD"),
  "bbb-last.MD" = arms("bbb-last", "MD"),
  "bbb-last.SMD" = arms("bbb-last", "SMD"),
  # Less variation than chance alone would give: every estimator but SJ is truncated at 0.
  "homogeneous" = synthetic(
    c(0.31, 0.28, 0.35, 0.30, 0.27, 0.33, 0.36, 0.29, 0.32),
    c(0.021, 0.043, 0.038, 0.055, 0.062, 0.017, 0.081, 0.094, 0.033)
  ),
  "equal" = synthetic(rep(0.5, 6), c(0.02, 0.05, 0.03, 0.08, 0.04, 0.06)),
  # Small studies with the largest effects, so that trim and fill has something to impute.
  "asymmetric" = synthetic(
    c(0.12, 0.18, 0.25, 0.31, 0.38, 0.52, 0.71, 0.84, 1.13, 1.42, 0.95, 0.22),
    c(0.008, 0.011, 0.015, 0.021, 0.034, 0.052, 0.081, 0.118, 0.173, 0.241, 0.142, 0.062)
  ),
  # BCG vaccine against tuberculosis (Colditz et al. 1994), 13 trials.
  "bcg.RR" = trials("RR"),
  "bcg.OR" = trials("OR"),
  # Passive smoking and lung cancer (Hackshaw 1998), 37 studies that print an odds ratio.
  "smoking" = with(metadat::dat.hackshaw1998, data.frame(
    yi = yi, vi = vi, n1 = cases, n2 = 2 * cases, year = year, group = as.character(design),
    stringsAsFactors = FALSE
  )),
  # Teachers' expectations and pupils' IQ (Raudenbush 1985), 19 standardized mean differences.
  "expectancy" = with(metadat::dat.raudenbush1985, data.frame(
    yi = as.numeric(yi), vi = vi, n1 = n1i, n2 = n2i, year = year, group = as.character(setting),
    x = weeks, stringsAsFactors = FALSE
  )),
  "two" = synthetic(c(0.4, 1.1), c(0.04, 0.09)),
  "one" = synthetic(0.4, 0.04)
)
varied <- setdiff(names(sets), c("equal", "two", "one"))

# ---- JSON ------------------------------------------------------------------------------------

# Lists with names are objects, other lists are arrays, vectors of length 1 are scalars unless
# wrapped in I(). Missing and infinite numbers, and NULL, become null.
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.data.frame(x)) x <- as.list(x)
  if (is.list(x)) {
    parts <- vapply(x, json, "")
    if (!is.null(names(x))) {
      return(paste0("{", paste0('"', names(x), '": ', parts, collapse = ", "), "}"))
    }
    return(paste0("[", paste(parts, collapse = ", "), "]"))
  }
  text <- if (is.character(x)) {
    paste0('"', x, '"')
  } else if (is.logical(x)) {
    ifelse(is.na(x), "null", ifelse(x, "true", "false"))
  } else {
    ifelse(is.finite(x), sprintf("%.17g", x), "null")
  }
  if (length(text) == 1 && !inherits(x, "AsIs")) text else paste0("[", paste(text, collapse = ", "), "]")
}

# One record a line, so that a changed number is a changed line.
section <- function(x) {
  if (!is.list(x)) return(json(x))
  lines <- vapply(x, json, "")
  if (is.null(names(x))) return(paste0("[\n", paste(lines, collapse = ",\n"), "\n]"))
  paste0("{\n", paste0('"', names(x), '": ', lines, collapse = ",\n"), "\n}")
}

write_json <- function(reference, path) {
  body <- paste0('"', names(reference), '": ', vapply(reference, section, ""), collapse = ",\n")
  writeLines(paste0("{\n", body, "\n}"), path)
}
