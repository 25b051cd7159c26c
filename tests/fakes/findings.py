"""Findings with made-up figures, for tests of pages."""

from therapyarc.domain import (
    COEFFICIENT,
    ArmSummary,
    Estimate,
    Exhibit,
    Finding,
    Findings,
    FlowRow,
    Headline,
    Point,
    Side,
    Significance,
)

__all__ = ["synthetic_findings"]


def synthetic_findings(undefined: str | None = None) -> Findings:
    """Return findings of one estimand, or of one that is undefined for the given reason."""
    side = Side(
        label="models", arms=("a",), units=2, values=4, mean=3.25, sd=0.4, synthetic=True,
        points=(Point(label="x", arm="a", value=3, n=2),) * 2,
    )  # fmt: skip
    finding = Finding(
        id="e",
        question="More?",
        construct="empathy",
        contrast="between",
        role="primary",
        family="f",
        claim="these_models",
        condition="before",
        scale="rating points, 1 to 5",
        first=side,
        second=side,
        estimates=(
            Estimate(name="rank_biserial", label="r", value=-0.5, low=-0.913, high=0.25, unit=COEFFICIENT),
        ),
        tests=(Significance(variant="exact_permutation", p=0.0004, primary=True),),
        undefined=undefined,
    )
    return Findings(
        study="synthetic",
        title="Synthetic findings",
        headline=Headline(
            text="More?", finding="e", carry_over=Estimate(name="c", label="c", reason="no ongoing sessions")
        ),
        arms=(ArmSummary(id="a", label="Arm A", kinds=("script",), actors=2, synthetic=True),),
        findings=(finding,),
        flow=(
            FlowRow(arm="a", condition="before", instrument="i", planned=5, done=4, missing={"refused": 1}),
        ),
        exhibits=(Exhibit(session="s", arm="a", actor="actor", condition="before"),),
    )
