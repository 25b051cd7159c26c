"""Self-reports become measurements: a form's total and its parts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from therapyarc.domain import Instrument, Measurement, Rating

__all__ = ["from_reports"]


def from_reports(reports: Iterable[Rating], forms: Iterable[Instrument]) -> Iterator[Measurement]:
    """Yield, for each session and form, the total (measure: the form's construct) and each part (`construct:topic`).

    A total is the sum or the mean of the items, as the form says; a part is the mean of its items. A form with an item
    unanswered has no total: it is missing with that item's reason, and nothing is filled in.

    Raises
    ------
    KeyError
        If a report names a form that is not among `forms`.
    """
    by_id = {form.id: form for form in forms}
    answers: dict[tuple[str, str, str], list[Rating]] = defaultdict(list)
    for report in reports:
        answers[report.session, report.rubric, report.rater].append(report)
    for (session, name, rater), given in answers.items():
        form = by_id[name]
        topics = {item.id: item.topic for item in form.items}
        parts: dict[str, list[Rating]] = defaultdict(list)
        for report in given:
            parts[topics[report.item or ""]].append(report)
        yield _row(session, form, rater, form.construct, given, total=form.total == "sum")
        for topic, some in parts.items():
            yield _row(session, form, rater, f"{form.construct}:{topic}", some, total=False)


def _row(
    session: str, form: Instrument, rater: str, measure: str, answers: list[Rating], *, total: bool
) -> Measurement:
    values = [answer.value for answer in answers if answer.value is not None]
    missing = next((answer.missing for answer in answers if answer.value is None), None)
    value = None if missing is not None else sum(values) / (1 if total else len(values))
    return Measurement(
        session=session, measure=measure, version=form.version, rater=rater, value=value, missing=missing
    )
