# Fits of lme4 and lmerTest that tests/reference/test_mixed_reference.py holds ours to.
# Rscript tests/reference/mixed/lme4.R   (R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, jsonlite 1.8.4)
suppressPackageStartupMessages({library(lmerTest); library(jsonlite)})
here <- "tests/reference/mixed"
write <- function(name, frame) write.csv(frame, file.path(here, paste0(name, ".csv")), row.names = FALSE)
codes <- function(f) as.integer(factor(f)) - 1L

write("sleepstudy", transform(lme4::sleepstudy, Subject = codes(Subject)))
write("penicillin", transform(lme4::Penicillin, plate = codes(plate), sample = codes(sample)))
write("cake", transform(lme4::cake, recipe = codes(recipe), temperature = temp,
                        replicate = codes(replicate))[c("angle", "recipe", "temperature", "replicate")])
# Actors in two arms, the same cases, four sessions with dropout; actor and case crossed, course nested in both.
set.seed(20261123)
arc <- expand.grid(session = 0:3, case = 0:5, actor = 0:7)
arc$arm <- arc$actor %% 2
arc$course <- arc$actor * 6 + arc$case
arc$y <- round(20 - 1.5 * arc$session - 0.8 * arc$arm * arc$session + rnorm(8, 0, 1.2)[arc$actor + 1] +
  rnorm(6, 0, 2)[arc$case + 1] + rnorm(48, 0, 1.5)[arc$course + 1] + rnorm(nrow(arc), 0, 2), 3)
last <- sample(1:4, 48, replace = TRUE, prob = c(.1, .15, .15, .6))
arc <- arc[arc$session < last[arc$course + 1], ]
write("arc", arc)
arc$time <- factor(arc$session)

describe <- function(fit) {
  s <- summary(fit); v <- as.data.frame(VarCorr(fit))
  list(coefficients = unname(s$coefficients[, 1]), se = unname(s$coefficients[, 2]),
       df = unname(s$coefficients[, 3]), p = unname(s$coefficients[, 5]), loglik = as.numeric(logLik(fit)),
       variances = lapply(seq_len(nrow(v)), function(i) list(group = v$grp[i], one = v$var1[i], two = v$var2[i],
                                                             vcov = v$vcov[i], sdcor = v$sdcor[i])))
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9))
cake <- transform(lme4::cake, recipe = factor(recipe, ordered = FALSE))
contrasts(cake$recipe) <- contr.treatment(3)
fits <- list(
  sleepstudy = lmer(Reaction ~ Days + (Days | Subject), lme4::sleepstudy, control = tight),
  sleepstudy_ml = lmer(Reaction ~ Days + (Days | Subject), lme4::sleepstudy, REML = FALSE, control = tight),
  penicillin = lmer(diameter ~ 1 + (1 | plate) + (1 | sample), lme4::Penicillin, control = tight),
  cake = lmer(angle ~ recipe * temp + (1 | replicate) + (1 | replicate:recipe), cake, control = tight),
  arc = lmer(y ~ arm * time + (1 | actor) + (1 | case) + (1 | course), arc, control = tight),
  arc_slope = lmer(y ~ arm * session + (1 | actor) + (1 | case) + (session | course), arc, control = tight)
)
out <- lapply(fits, describe)
final <- c(0, 1, 0, 0, 0, 0, 0, 1)  # arms apart at the last session
one <- contest1D(fits$arc, final, confint = TRUE)
out$arc$final <- list(estimate = one[["Estimate"]], se = one[["Std. Error"]], df = one[["df"]],
                      low = one[["lower"]], high = one[["upper"]], p = one[["Pr(>|t|)"]])
joint <- contestMD(fits$arc, cbind(matrix(0, 3, 5), diag(3)))
out$arc$joint <- list(f = joint[["F value"]], numerator = joint[["NumDF"]], denominator = joint[["DenDF"]],
                      p = joint[["Pr(>F)"]])
out$versions <- list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
                     lmerTest = as.character(packageVersion("lmerTest")))
writeLines(toJSON(out, digits = 10, auto_unbox = TRUE, pretty = TRUE, null = "null"), file.path(here, "lme4.json"))
