"""Knowledge: points of one multiple-choice answer."""

from therapyarc.coding.options import read_choice
from therapyarc.domain import Instrument, Item, Missing, Scoring, Session

__all__ = ["choice_points", "score"]


def score(chosen: tuple[str, ...], item: Item, scoring: Scoring) -> float:
    """Return the points of an answer, from 0 to `scoring.points_per_item`.

    `single_best`: all points where the one chosen option is the best one, else 0. `partial_credit`: the chosen
    option's credit; 0 for more than one. `per_option`: points times the share of options that are rightly chosen or
    rightly left, so that with five options and five points each is worth one.
    """
    correct = {option.id for option in item.options if option.correct}
    if scoring.rule == "per_option":
        right = sum((option.id in chosen) == (option.id in correct) for option in item.options)
        return scoring.points_per_item * right / len(item.options)
    if len(chosen) != 1:
        return 0.0
    if scoring.rule == "partial_credit":
        return float(next(option.credit for option in item.options if option.id == chosen[0]))
    return float(scoring.points_per_item if chosen[0] in correct else 0)


def choice_points(session: Session, instrument: Instrument) -> float | Missing:
    """Return a choice session as a percentage of the item's points (0-100), or why it has none.

    The mean over a set of items is then the test's score out of 100. With 20 items of five points its resolution
    is one point. Several letters under a rule of one best answer are unreadable, since the respondent did not choose.

    Source: scoring resolution deduced from the published means (doi:10.2196/78138).
    """
    if session.missing is not None:
        return session.missing
    if instrument.scoring is None or session.item is None:
        return Missing.NOT_ADMINISTERED
    item = instrument.item(session.item)
    chosen = read_choice(session.reply or "", item, session.options)
    if isinstance(chosen, Missing):
        return chosen
    if len(chosen) > 1 and instrument.scoring.rule != "per_option":
        return Missing.UNREADABLE
    return 100.0 * score(chosen, item, instrument.scoring) / instrument.scoring.points_per_item
