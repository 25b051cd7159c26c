# Errors clustered by case of lm on the changes of mixed/arc.csv, for test_trajectory_reference.py.
# Rscript tests/reference/trajectory/sandwich.R   (R 4.2.2, sandwich 3.0-2, jsonlite 1.8.4)
suppressPackageStartupMessages({library(sandwich); library(jsonlite)})
arc <- read.csv("tests/reference/mixed/arc.csv")
arc <- arc[order(arc$course, arc$session), ]
d <- do.call(rbind, lapply(split(arc, arc$course), function(x)
  if (nrow(x) > 1) data.frame(d = x$y[nrow(x)] - x$y[1], arm = x$arm[1], case = x$case[1])))
both <- lm(d ~ arm, d); first <- lm(d ~ 1, d[d$arm == 0, ])
error <- function(fit, cluster) unname(sqrt(diag(vcovCL(fit, cluster = cluster, type = "HC0", cadjust = TRUE))))
writeLines(toJSON(list(
  difference = unname(coef(both)[2]), difference_se = error(both, d$case)[2], dyads = nrow(d),
  first = unname(coef(first)), first_se = error(first, d$case[d$arm == 0]),
  versions = list(R = as.character(getRversion()), sandwich = as.character(packageVersion("sandwich")))),
  digits = 10, auto_unbox = TRUE, pretty = TRUE), "tests/reference/trajectory/sandwich.json")
