# Writes meta.json: output of metafor on published tables, against which therapyarc.stats.meta and .network are tested.
# Run in this folder: Rscript make_meta.R
suppressMessages(library(metafor))
json <- function(x) {
  if (is.list(x)) return(paste0("{", paste0("\"", names(x), "\": ", vapply(x, json, ""), collapse = ",\n"), "}"))
  one <- if (is.character(x)) encodeString(x, quote = "\"") else ifelse(is.na(x), "null", format(x, digits = 12, trim = TRUE))
  if (length(one) == 1) one else paste0("[", paste(one, collapse = ", "), "]")
}
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
whole <- rma(yi, vi, data = bcg, method = "REML", test = "knha")
plain <- rma(yi, vi, data = bcg, method = "REML")
half <- qt(.975, plain$k - 2) * sqrt(plain$tau2 + plain$se^2)
byl <- rma(yi, vi, mods = ~ ablat, data = bcg, method = "REML", test = "knha")
mixed <- rma(yi, vi, mods = ~ ablat + factor(alloc), data = bcg, method = "REML", test = "knha")
egger <- regtest(plain, model = "lm")
begg <- suppressWarnings(ranktest(plain))
filled <- trimfill(plain)
fit <- function(m) list(b = as.numeric(m$b), low = m$ci.lb, high = m$ci.ub, p = m$pval, tau2 = m$tau2, i2 = m$I2, q = m$QE, f = m$QM, f_p = m$QMp, r2 = m$R2)

senn <- dat.senn2013
contrasts <- do.call(rbind, lapply(split(senn, senn$study), function(s) {
  pairs <- combn(nrow(s), 2)
  data.frame(study = s$study[1], treatment = s$treatment[pairs[1, ]], comparator = s$treatment[pairs[2, ]],
             effect = s$mi[pairs[1, ]] - s$mi[pairs[2, ]],
             variance = s$sdi[pairs[1, ]]^2 / s$ni[pairs[1, ]] + s$sdi[pairs[2, ]]^2 / s$ni[pairs[2, ]])
}))
contrasts <- contrasts[order(contrasts$study), ]
# the arm-based form of the same contrasts: differences within a trial, covariance by the shared arm
long <- do.call(rbind, lapply(split(senn, senn$study), function(s) {
  b <- s[1, ]; o <- s[-1, ]
  data.frame(study = s$study[1], t1 = o$treatment, t0 = b$treatment, y = o$mi - b$mi, v = o$sdi^2 / o$ni + b$sdi^2 / b$ni, vb = b$sdi^2 / b$ni)
}))
V <- matrix(0, nrow(long), nrow(long))
for (i in seq_len(nrow(long))) for (j in seq_len(nrow(long)))
  if (long$study[i] == long$study[j]) V[i, j] <- if (i == j) long$v[i] else long$vb[i]
ts <- setdiff(sort(unique(senn$treatment)), "placebo")
X <- sapply(ts, function(t) (long$t1 == t) - (long$t0 == t))
common <- rma.mv(y, V, mods = ~ X - 1, data = long)
long$arm <- ave(seq_len(nrow(long)), long$study, FUN = seq_along)
random <- rma.mv(y, V, mods = ~ X - 1, random = ~ factor(t1) | study, rho = .5, data = long, method = "REML")
out <- list(
  software = paste(R.version.string, "metafor", packageVersion("metafor"), "metadat", packageVersion("metadat")),
  bcg = list(source = "Colditz et al. 1994, JAMA 271:698 (metadat::dat.bcg); log risk ratios",
             study = paste(bcg$author, bcg$year), effect = as.numeric(bcg$yi), variance = as.numeric(bcg$vi), latitude = bcg$ablat, allocation = as.character(bcg$alloc),
             events = list(tpos = bcg$tpos, tneg = bcg$tneg, cpos = bcg$cpos, cneg = bcg$cneg),
             random = fit(whole), normal = c(plain$ci.lb, plain$ci.ub), tau2_interval = confint(plain)$random[1, 2:3],
             prediction = c(plain$b - half, plain$b + half), weights = as.numeric(weights(plain)), latitude_fit = fit(byl), mixed_fit = fit(mixed),
             egger = list(t = egger$zval, p = egger$pval), begg = list(tau = as.numeric(begg$tau), p = begg$pval),
             filled = list(k0 = filled$k0, side = filled$side, b = as.numeric(filled$b), tau2 = filled$tau2)),
  senn = list(source = "Senn et al. 2013, Stat Methods Med Res 22:169 (metadat::dat.senn2013); change of HbA1c",
              study = as.character(contrasts$study), treatment = contrasts$treatment, comparator = contrasts$comparator, effect = contrasts$effect, variance = contrasts$variance,
              treatments = ts, common = as.numeric(common$b), common_se = common$se, q = common$QE, q_df = nrow(long) - length(ts),
              reml = as.numeric(random$b), reml_se = random$se, reml_tau2 = random$tau2))
writeLines(json(out), "meta.json")
