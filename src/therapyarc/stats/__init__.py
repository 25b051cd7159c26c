"""The numbers: arrays in, intervals and p values out. Knows no study, rounds nothing, prints nothing."""

from therapyarc.stats.adjust import length_adjusted_change, length_adjusted_difference
from therapyarc.stats.agreement import (
    exact_agreement,
    gwet_ac,
    krippendorff_alpha,
    over_targets,
    weighted_kappa,
)
from therapyarc.stats.bootstrap import bca_interval, cluster_bootstrap, percentile_interval, two_way_bootstrap
from therapyarc.stats.change import Change, clustered_change, paired_change
from therapyarc.stats.components import VarianceComponents, icc_reml, variance_components
from therapyarc.stats.interval import Interval
from therapyarc.stats.multiplicity import holm
from therapyarc.stats.power import Power, power_between, power_change
from therapyarc.stats.ranks import (
    P_VARIANTS,
    MannWhitney,
    from_u,
    hodges_lehmann,
    mann_whitney,
    rank_biserial,
    smallest_attainable_p,
    vargha_delaney,
)
from therapyarc.stats.reliability import icc

__all__ = [
    "P_VARIANTS",
    "Change",
    "Interval",
    "MannWhitney",
    "Power",
    "VarianceComponents",
    "bca_interval",
    "cluster_bootstrap",
    "clustered_change",
    "exact_agreement",
    "from_u",
    "gwet_ac",
    "hodges_lehmann",
    "holm",
    "icc",
    "icc_reml",
    "krippendorff_alpha",
    "length_adjusted_change",
    "length_adjusted_difference",
    "mann_whitney",
    "over_targets",
    "paired_change",
    "percentile_interval",
    "power_between",
    "power_change",
    "rank_biserial",
    "smallest_attainable_p",
    "two_way_bootstrap",
    "vargha_delaney",
    "variance_components",
    "weighted_kappa",
]
