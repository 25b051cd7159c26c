"""The figure of the two halves: what an arm lacks is said in its panel."""

from therapyarc.domain.arc import ArcPoint
from therapyarc.domain.carry_over import CarryOver, HalfMeans
from therapyarc.report.carry_over import halves_figure


def test_an_arm_without_rated_exchanges_or_replies_says_so_in_its_panel() -> None:
    single = ArcPoint(session=0, n=4, mean=3.0, low=2.5, high=3.5)
    ongoing = (ArcPoint(session=1, n=4, mean=2.0, low=1.5, high=2.5), ArcPoint(session=2, n=0, mean=None))
    none = ArcPoint(session=0, n=0, mean=None)
    whole = HalfMeans(arm="a", label="Whole", side="first", single=single, ongoing=ongoing)
    alone = HalfMeans(arm="b", label="Alone", side="first", single=single, ongoing=ongoing[1:])
    held = HalfMeans(arm="c", label="Held", side="second", single=none, ongoing=ongoing)

    def drawn(*arms: HalfMeans) -> str:
        shown = CarryOver(finding="f", construct="empathy", scale="1 to 5", arms=arms, trend=(), planning=())
        return halves_figure(shown)

    assert "was rated" not in drawn(whole, whole)
    assert drawn(whole, alone).count("no exchange was rated") == 1
    assert "no reply was rated" in drawn(whole, held)
