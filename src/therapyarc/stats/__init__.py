"""The numbers: arrays in, intervals and p values out. Knows no study, rounds nothing, prints nothing."""

from therapyarc.stats.adjust import length_adjusted_change, length_adjusted_difference
from therapyarc.stats.agreement import (
    exact_agreement,
    gwet_ac,
    krippendorff_alpha,
    over_targets,
    weighted_kappa,
)
from therapyarc.stats.binary_agreement import binary_ac1, binary_kappa, binary_raw
from therapyarc.stats.bootstrap import bca_interval, cluster_bootstrap, percentile_interval, two_way_bootstrap
from therapyarc.stats.change import Change, clustered_change, paired_change
from therapyarc.stats.components import VarianceComponents, icc_reml, variance_components
from therapyarc.stats.equivalence import (
    Equivalence,
    Verdict,
    equivalence,
    equivalence_from_draws,
)
from therapyarc.stats.exact_counts import (
    clopper_pearson,
    newcombe_difference,
    rule_of_three,
    wilson,
)
from therapyarc.stats.generalisability import Generalisability, generalisability
from therapyarc.stats.influence import (
    clustered_error,
    clustered_interval,
)
from therapyarc.stats.interval import Interval
from therapyarc.stats.mixed import (
    Contrast,
    Grouping,
    JointTest,
    MixedFit,
    RandomEffect,
    SingularDesignError,
    mixed_model,
)
from therapyarc.stats.multiplicity import holm
from therapyarc.stats.permutation import Permutation, permuted_difference
from therapyarc.stats.power import Power, power_between, power_change
from therapyarc.stats.prediction_powered import (
    PredictionPowered,
    design_based_mean,
    prediction_powered_change,
    prediction_powered_difference,
    prediction_powered_mean,
)
from therapyarc.stats.rank_correlation import (
    correlation_posterior,
    disattenuated,
    inversions,
    partial_rank_correlation,
    permuted_rank_p,
    rank_correlation,
)
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
from therapyarc.stats.raters import (
    Halo,
    bang_index,
    halo,
    james_index,
    length_effect,
    leniency,
    position_effect,
    self_preference,
)
from therapyarc.stats.reliability import icc
from therapyarc.stats.trajectory import (
    ReliableChange,
    SameDyadChange,
    SessionMean,
    TippingPoint,
    TrajectoryModel,
    delta_adjusted,
    reliable_change,
    rubin,
    same_dyad_change,
    session_means,
    tipping_point,
    trajectory_model,
)
from therapyarc.stats.two_halves import TwoHalves, Variances, fieller, two_halves
from therapyarc.stats.welch import welch
from therapyarc.stats.within import (
    EventStudy,
    Lagged,
    PersonMeans,
    event_study,
    lagged_within,
    person_means,
)

__all__ = [
    "P_VARIANTS",
    "Change",
    "Contrast",
    "Equivalence",
    "EventStudy",
    "Generalisability",
    "Grouping",
    "Halo",
    "Interval",
    "JointTest",
    "Lagged",
    "MannWhitney",
    "MixedFit",
    "Permutation",
    "PersonMeans",
    "Power",
    "PredictionPowered",
    "RandomEffect",
    "ReliableChange",
    "SameDyadChange",
    "SessionMean",
    "SingularDesignError",
    "TippingPoint",
    "TrajectoryModel",
    "TwoHalves",
    "VarianceComponents",
    "Variances",
    "Verdict",
    "bang_index",
    "bca_interval",
    "binary_ac1",
    "binary_kappa",
    "binary_raw",
    "clopper_pearson",
    "cluster_bootstrap",
    "clustered_change",
    "clustered_error",
    "clustered_interval",
    "correlation_posterior",
    "delta_adjusted",
    "design_based_mean",
    "disattenuated",
    "equivalence",
    "equivalence_from_draws",
    "event_study",
    "exact_agreement",
    "fieller",
    "from_u",
    "generalisability",
    "gwet_ac",
    "halo",
    "hodges_lehmann",
    "holm",
    "icc",
    "icc_reml",
    "inversions",
    "james_index",
    "krippendorff_alpha",
    "lagged_within",
    "length_adjusted_change",
    "length_adjusted_difference",
    "length_effect",
    "leniency",
    "mann_whitney",
    "mixed_model",
    "newcombe_difference",
    "over_targets",
    "paired_change",
    "partial_rank_correlation",
    "percentile_interval",
    "permuted_difference",
    "permuted_rank_p",
    "person_means",
    "position_effect",
    "power_between",
    "power_change",
    "prediction_powered_change",
    "prediction_powered_difference",
    "prediction_powered_mean",
    "rank_biserial",
    "rank_correlation",
    "reliable_change",
    "rubin",
    "rule_of_three",
    "same_dyad_change",
    "self_preference",
    "session_means",
    "smallest_attainable_p",
    "tipping_point",
    "trajectory_model",
    "two_halves",
    "two_way_bootstrap",
    "vargha_delaney",
    "variance_components",
    "weighted_kappa",
    "welch",
    "wilson",
]
