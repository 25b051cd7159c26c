# Writes trial.csv (synthetic, drawn here) and nlme.csv: constrained longitudinal model of three arms by nlme::lme.
# Run in this folder: Rscript make_trial.R
suppressMessages(library(nlme))
set.seed(5)
n <- 30; weeks <- 4
d <- expand.grid(week = 0:(weeks - 1), dyad = 1:n)
d$arm <- (d$dyad - 1) %% 3
d$y <- round(14 + rnorm(n, 0, 2)[d$dyad] - 0.3 * d$week - (d$arm == 1) * 0.8 * d$week - (d$arm == 2) * 0.2 * d$week + rnorm(nrow(d)), 2)
last <- ifelse(d$dyad %% 5 == 0, 1, ifelse(d$dyad %% 7 == 0, 2, weeks - 1))
d$y[d$week > last] <- NA
write.csv(d[, c("dyad", "arm", "week", "y")], "trial.csv", row.names = FALSE, quote = FALSE)
k <- d[!is.na(d$y), ]
for (t in 1:3) { k[[paste0("t", t)]] <- as.numeric(k$week == t); for (a in 1:2) k[[paste0("a", a, "t", t)]] <- as.numeric(k$week == t & k$arm == a) }
fit <- lme(y ~ t1 + t2 + t3 + a1t1 + a1t2 + a1t3 + a2t1 + a2t2 + a2t3, random = ~ 1 | dyad, data = k, method = "REML",
           control = lmeControl(tolerance = 1e-10, msTol = 1e-12))
v <- vcov(fit); b <- fixef(fit)
w <- setNames(rep(0, length(b)), names(b)); w["a1t3"] <- 1; w["a2t3"] <- -1
out <- data.frame(contrast = c("1-0", "2-0", "1-2"),
                  estimate = c(b["a1t3"], b["a2t3"], sum(w * b)),
                  se = sqrt(c(v["a1t3", "a1t3"], v["a2t3", "a2t3"], as.numeric(t(w) %*% v %*% w))),
                  software = paste(R.version.string, "nlme", packageVersion("nlme")))
write.csv(format(out, digits = 10), "nlme.csv", row.names = FALSE, quote = FALSE)
