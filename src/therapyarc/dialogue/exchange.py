"""A session of one exchange: an item is put to a therapist, and the reply is kept with what was asked."""

from string import ascii_uppercase

from therapyarc.dialogue.speaker import Ask, Reply, Speaker
from therapyarc.domain import Case, Instrument, Item, Session, Turn

__all__ = ["ask_of", "choice_letters", "exchange", "question", "session_of"]


def choice_letters(options: tuple[str, ...]) -> dict[str, str]:
    """Return the letter under which each option id stands: A for the first."""
    return dict(zip(options, ascii_uppercase, strict=False))


def question(item: Item, options: tuple[str, ...]) -> str:
    """Return an item as a respondent reads it, its options lettered in the given order.

    Raises
    ------
    KeyError
        If the order names an option that the item does not have.
    """
    if not options:
        return item.text.strip()
    texts = {option.id: " ".join(option.text.split()) for option in item.options}
    lettered = [f"{letter}. {texts[option]}" for option, letter in choice_letters(options).items()]
    return "\n".join([item.text.strip(), "", *lettered])


def ask_of(
    instrument: Instrument,
    item: Item,
    case: Case | None,
    *,
    session: str,
    options: tuple[str, ...],
    material: str | None,
    seed: int,
) -> Ask:
    """Return an item as it is put to a therapist: never with the hidden key, never with the archived reply."""
    return Ask(
        session=session,
        instrument=instrument.id,
        instructions=instrument.instructions,
        item=item,
        case=None if case is None else case.masked(with_key=False),
        options=options,
        material=material,
        seed=seed,
    )


async def exchange(ask: Ask, speaker: Speaker) -> Session:
    """Put one item to one therapist.

    Returns
    -------
    A session with the client's words (where a client speaks), the examiner's question (except where the
    therapist simply answers the client), and the reply; without a therapist's turn, and with the reason, where no
    text came. A truncated or refused reply is kept, and its session is missing with that reason.
    """
    return session_of(ask, await speaker.speak(ask))


def session_of(ask: Ask, reply: Reply) -> Session:
    """Return the session that an item and its reply make; see `exchange`."""
    turns: list[Turn] = []
    if ask.case is not None and ask.case.words:
        turns.append(Turn(role="client", text=ask.case.words))
    if ask.item.asks != "reply":
        turns.append(Turn(role="examiner", text=question(ask.item, ask.options)))
    if reply.text.strip():
        turns.append(Turn(role="therapist", text=reply.text))
    return Session(
        id=ask.session,
        instrument=ask.instrument,
        item=ask.item.id,
        case=None if ask.case is None else ask.case.id,
        options=ask.options,
        prior=() if ask.case is None else ask.case.prior,
        turns=tuple(turns),
        missing=reply.missing,
    )
