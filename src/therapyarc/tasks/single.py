"""The single-turn instruments as Inspect tasks: `inspect eval therapyarc/knowledge --model …`.

For those who live in Inspect: the same items, prompts, parser and rubrics as in a study, and a log in Inspect's own
format that can be scored again. A study's findings never come from here, since Inspect's metrics know neither actors
nor intervals. What cannot be read is left unscored, so that no metric takes it for a zero.
"""

from pathlib import Path
from random import Random

from inspect_ai import Task, task
from inspect_ai.model import get_model, model_roles
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from therapyarc.coding.baseline import BaselineRater
from therapyarc.coding.rater import Rater, RatingTask
from therapyarc.dialogue import Ask, ask_of
from therapyarc.domain import Missing, RaterSpec
from therapyarc.files.library import read_instrument, read_material
from therapyarc.measures.choice import choice_points
from therapyarc.tasks.answering import answer, answered, samples
from therapyarc.tasks.rater import ModelRater

__all__ = ["choice", "cognition", "emotion", "empathy", "knowledge", "validation", "vignettes"]


@task
def knowledge(
    instrument: str = "ba-knowledge",
    material: str | None = None,
    seed: int = 1,
    temperature: float | None = None,
) -> Task:
    """Ask the multiple-choice items; the score is points out of 100.

    Parameters
    ----------
    instrument
        A choice instrument: a library id, or the path of a YAML file.
    material
        Training material that stands in the system prompt: a library id, or the path of a Markdown file.
    seed
        Draws the order of the options, and is sent to the model.
    temperature
        Sampling temperature; none leaves the provider's default.
    """
    return Task(
        dataset=samples(asked := _asks(instrument, seed, material)),
        solver=answer(asked, temperature),
        scorer=choice(instrument, seed),
    )


@task
def vignettes(
    instrument: str = "ba-vignettes",
    material: str | None = None,
    seed: int = 1,
    temperature: float | None = None,
) -> Task:
    """Ask the open items of every vignette; the scores are ratings from 1 to 5 by the four rubrics.

    The model in the role of `rater` rates, where one is given (`--model-role rater=…`). Without one the fixed lexical
    baseline does, which is a floor to compare raters with and no measure of quality; each score says who gave it.
    Parameters as in `knowledge`.
    """
    return Task(
        dataset=samples(asked := _asks(instrument, seed, material)),
        solver=answer(asked, temperature),
        scorer=[rubric(instrument, seed) for rubric in (empathy, validation, cognition, emotion)],
    )


def _asks(instrument: str, seed: int, material: str | None = None) -> dict[str, Ask]:
    read = read_instrument(instrument, Path.cwd())
    text = None if material is None else read_material(material, Path.cwd()).text
    asks = {}
    for item in read.items:
        for case in read.cases or (None,):
            name = item.id if case is None else f"{case.id}-{item.id}"
            draw = Random(f"{seed}/{read.id}/{name}")
            options = [option.id for option in item.options]
            draw.shuffle(options)
            asks[name] = ask_of(
                read,
                item,
                case,
                session=name,
                options=tuple(options),
                material=text,
                seed=draw.getrandbits(31),
            )
    return asks


@scorer(metrics=[mean(), stderr()])
def choice(instrument: str, seed: int) -> Scorer:
    """Score a choice item in points out of 100, or leave it unscored with the reason."""
    read, asks = read_instrument(instrument, Path.cwd()), _asks(instrument, seed)

    async def score(state: TaskState, target: Target) -> Score:
        del target
        session = answered(state, asks)
        points = choice_points(session, read)
        if isinstance(points, Missing):
            return Score.unscored(reason=points.value, answer=session.reply)
        return Score(value=points, answer=session.reply)

    return score


@scorer(metrics=[mean(), stderr()])
def empathy(instrument: str, seed: int) -> Scorer:
    """Rate replies to the client for empathy."""
    return _rated("rubric-empathy", instrument, seed)


@scorer(metrics=[mean(), stderr()])
def validation(instrument: str, seed: int) -> Scorer:
    """Rate replies to the client for validation."""
    return _rated("rubric-validation", instrument, seed)


@scorer(metrics=[mean(), stderr()])
def cognition(instrument: str, seed: int) -> Scorer:
    """Rate how well the client's thoughts are anticipated."""
    return _rated("rubric-cognition", instrument, seed)


@scorer(metrics=[mean(), stderr()])
def emotion(instrument: str, seed: int) -> Scorer:
    """Rate how well the client's feelings are anticipated."""
    return _rated("rubric-emotion", instrument, seed)


def _rated(rubric_id: str, instrument: str, seed: int) -> Scorer:
    rubric, read, asks = (
        read_instrument(rubric_id, Path.cwd()),
        read_instrument(instrument, Path.cwd()),
        _asks(instrument, seed),
    )

    async def score(state: TaskState, target: Target) -> Score:
        del target
        ask = asks[str(state.sample_id)]
        if ask.item.asks not in rubric.rates or ask.case is None:
            return Score.unscored(reason=Missing.NOT_ADMINISTERED.value)
        session = answered(state, asks)
        case = read.case(ask.case.id).masked(with_key=rubric.uses_key)
        rater = _rater()
        rating = await rater.rate(
            RatingTask(session=session, item=ask.item, case=case, rubric=rubric, seed=ask.seed)
        )
        if rating.value is None:
            reason = (rating.missing or Missing.UNREADABLE).value
            return Score.unscored(reason=reason, answer=session.reply, metadata={"rater": rating.rater})
        evidence = {"rater": rating.rater, "evidence": list(rating.evidence)}
        return Score(value=rating.value, answer=session.reply, metadata=evidence)

    return score


def _rater() -> Rater:
    if "rater" not in model_roles():
        return BaselineRater("baseline-lexical", "lexical")
    model = get_model(role="rater", required=True)
    return ModelRater(RaterSpec(id=str(model), kind="model", model=str(model)), model, None, None)
