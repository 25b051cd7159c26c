"""The answers themselves, with their ratings and evidence, bounded so that the page stays readable."""

from collections import defaultdict
from collections.abc import Iterable

from markupsafe import Markup, escape

from therapyarc.domain import Exhibit, Findings, Instrument, Rating, Session, record

__all__ = ["Answer", "Group", "drawer"]

SHOWN = 800
"""Answers on the page at most; the rest is in the run's folder."""


@record
class Answer:
    """One answer as the page shows it."""

    arm: str
    """Label of the arm."""
    actor: str
    """Who answered."""
    condition: str
    """Condition."""
    reply: Markup
    """The reply, with quoted evidence marked."""
    missing: str
    """Why there is none, in words; empty where there is one."""
    ratings: tuple[tuple[str, str, str, str], ...]
    """Rater, rubric, value or reason, and quotations."""


@record
class Group:
    """All answers to one item about one case."""

    title: str
    """Item and case."""
    asked: str
    """What was asked."""
    background: str
    """What the therapist was told."""
    prior: tuple[tuple[str, str], ...]
    """Turns before the client's words."""
    client: str
    """The client's words."""
    answers: tuple[Answer, ...]
    """The answers."""


def drawer(
    findings: Findings,
    sessions: Iterable[Session],
    ratings: Iterable[Rating],
    instruments: Iterable[Instrument],
) -> tuple[tuple[Group, ...], int, int]:
    """Return the groups to show, the number of answers shown, and the number there are."""
    exhibits = {exhibit.session: exhibit for exhibit in findings.exhibits}
    labels = {arm.id: arm.label for arm in findings.arms}
    by_id = {instrument.id: instrument for instrument in instruments}
    rated: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        rated[rating.session].append(rating)
    grouped: dict[tuple[str, str, str], list[Session]] = defaultdict(list)
    total = 0
    for session in sessions:
        if (
            session.id in exhibits
            and session.instrument in by_id
            and by_id[session.instrument].kind == "open"
        ):
            grouped[session.instrument or "", session.case or "", session.item or ""].append(session)
            total += 1
    groups, shown = [], 0
    for (name, case_id, item_id), members in sorted(grouped.items()):
        if shown + len(members) > SHOWN:
            continue
        shown += len(members)
        instrument = by_id[name]
        case, item = instrument.case(case_id), instrument.item(item_id)
        answers = [
            _answer(session, exhibits[session.id], labels, rated[session.id], by_id) for session in members
        ]
        groups.append(
            Group(
                title=f"{case.title}: {item.asks}",
                asked=item.text,
                background=case.background,
                prior=tuple((turn.role, turn.text) for turn in case.prior),
                client=case.words,
                answers=tuple(sorted(answers, key=lambda a: (a.arm, a.actor, a.condition))),
            )
        )
    return tuple(groups), shown, total


def _answer(
    session: Session,
    exhibit: Exhibit,
    labels: dict[str, str],
    ratings: list[Rating],
    rubrics: dict[str, Instrument],
) -> Answer:
    return Answer(
        arm=labels[exhibit.arm],
        actor=exhibit.actor,
        condition=exhibit.condition,
        reply=_marked(session.reply or "", [q for r in ratings if r.verbatim for q in r.evidence]),
        missing="" if session.missing is None else session.missing.replace("_", " "),
        ratings=tuple(
            (
                rating.rater,
                rubrics[rating.rubric].construct.replace("_", " "),
                f"{rating.value:g}"
                if rating.value is not None
                else f"missing: {str(rating.missing).replace('_', ' ')}",
                "; ".join(f"“{quote}”" for quote in rating.evidence),
            )
            for rating in sorted(ratings, key=lambda r: (r.rubric, r.rater, r.replicate))
            if rating.rubric in rubrics  # a guess of who spoke is no rating of the answer
        ),
    )


def _marked(reply: str, quotes: list[str]) -> Markup:
    """Return the reply escaped, with each quotation marked where it first stands."""
    spans: list[tuple[int, int]] = []
    for quote in sorted(set(quotes), key=len, reverse=True):
        start = reply.casefold().find(quote.casefold())
        if start >= 0 and all(start >= end or start + len(quote) <= begin for begin, end in spans):
            spans.append((start, start + len(quote)))
    parts, at = [], 0
    for begin, end in sorted(spans):
        parts += [escape(reply[at:begin]), Markup("<mark>"), escape(reply[begin:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(reply[at:])])
