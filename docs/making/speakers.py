"""The page on who speaks and who rates."""

from collections.abc import Iterator

from making.library import ASKS
from making.records import MADE, cell
from therapyarc.dialogue.script.policy import Policy, policy_named
from therapyarc.files.library import policy_ids
from therapyarc.tasks.embedded.weights import CATALOGUE

__all__ = ["speakers_and_raters_page"]


def speakers_and_raters_page() -> str:
    """Return the page on actors, policies, raters and names of models."""
    lines = [
        MADE,
        "# Speakers and raters",
        "",
        "## Who can be a therapist",
        "",
        "| kind of actor | who speaks | needs |",
        "| --- | --- | --- |",
        "| `model` | a language model, through Inspect AI | `model`, a name as below |",
        "| `script` | a fixed policy; every act is planted | `policy`, and `parameters` where it takes one |",
        "| `archive` | the people of transcripts, in their own words | `corpus`, and `where` to pick transcripts |",
        "| `human` | a person who answers in the browser ([how](../how-to/people.md)); `not_administered` until then | |",
        "",
        "All fields of an actor: [the study file](study-file.md#actor).",
        "",
        "## Scripted policies",
        "",
        "An act is done with the probability given in the policy's file; where two numbers stand, they hold at q = 0 and",
        "at q = 1, with a straight line between. Whatever a study finds about a script is what was planted.",
        "",
    ]
    for name in policy_ids():
        lines += _policy(policy_named(name))
    lines += [
        "## Kinds of rater",
        "",
        "| kind | who rates | fields |",
        "| --- | --- | --- |",
        "| `baseline`, `lexical` | fixed rules on words: feelings named, phrases that validate or dismiss | `variant` |",
        "| `baseline`, `structural` | fixed rules on form: words taken up, open questions, reasons, orders | `variant` |",
        "| `baseline`, `safety` | fixed rules on replies to probes: what is granted, agreed to, taken up | `variant` |",
        "| `model` | a language model that quotes its evidence before it gives a value | `model`, `temperature` |",
        "| `human` | people in the browser ([how](../how-to/people.md#raters)); `not_administered` until then | `panel` |",
        "",
        "Baselines read English only, and are a floor to compare raters with, not a measure of quality. Every rater may",
        "have `repeats`, a `share` of the answers, `rubrics` of its own, and `labels` for a study of what it is told of who",
        "speaks: [the study file](study-file.md#raterspec).",
        "",
        "## Names of models",
        "",
        "A name is Inspect's: `openai/MODEL`, `anthropic/MODEL`, `google/MODEL`, `ollama/MODEL`, `vllm/MODEL`.",
        "Which package and environment variable each needs: [run real models](../how-to/models.md). Embedded",
        "models need neither key nor network once their weights are fetched, and are for demonstration only:",
        "",
        "| name | what it is | licence |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `embedded/{name}` | {cell(w.described)} | {w.licence} |" for name, w in CATALOGUE.items()]
    lines += ["| `embedded/PATH.gguf` | a file of your own | its own |"]
    return "\n".join(lines) + "\n"


def _policy(policy: Policy) -> Iterator[str]:
    yield from (f"### {policy.id}", "", cell(policy.title), "")
    if policy.skill is None:
        yield "- parameters: none"
    else:
        known = f"{policy.skill:g} where nothing is said"
        yield f"- parameters: `q`, skill from 0 to 1, {known}; `ongoing`, skill in courses, where it differs from `q`"
    before, after = (_chance(policy, policy.knowledge[when]) for when in ("before", "after"))
    yield f"- picks the best option of a knowledge item: {before} before material, {after} after"
    keyed, abstains = (_chance(policy, policy.views[what]) for what in ("keyed", "abstains"))
    if abstains == "1":
        yield "- asked for a view in a survey: has none"
    else:
        yield f"- asked for a view in a survey: none {abstains}; a keyed option {keyed} where it has one"
    for kind in ("reply", "thoughts", "feelings"):
        acts = ", ".join(
            f"`{act.act or 'filling'}` {_chance(policy, act.chance)}" for act in policy.answers[kind]
        )
        yield f"- asked to {ASKS[kind]}: {acts}"
    if policy.conversation.single_replies:
        yield "- in courses: every turn is its single reply to the client's last words"
    elif policy.conversation.for_another_client:
        yield "- in courses: its turns answer the words of another client"
    elif policy.conversation.moves:
        acts = ", ".join(dict.fromkeys(f"`{move.act}`" for move in policy.conversation.moves))
        most = policy.conversation.most
        yield f"- in courses: {acts}; at most {most} sentence{'s' * (most > 1)} a turn"
    yield ""


def _chance(policy: Policy, pair: tuple[float, float]) -> str:
    if policy.skill is None:
        return f"{pair[1]:g}"  # a policy without parameter speaks as at q = 1
    return f"{pair[0]:g}" if pair[0] == pair[1] else f"{pair[0]:g} to {pair[1]:g}"
