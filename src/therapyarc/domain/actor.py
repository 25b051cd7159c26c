"""Actors: who fills a role."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.record import record

__all__ = ["Actor"]


@record
class Actor:
    """Who fills a role. Provenance only: no rater ever sees it."""

    id: str
    """Unique within the study."""
    kind: Literal["model", "script", "archive", "human", "none"]
    """A language model, a scripted therapist, the people of archived transcripts, a person in the browser, or nobody: the
    client lives the weeks of a course without sessions and answers no single reply."""
    model: str | None = None
    """For `model`: an Inspect model name such as `openai/gpt-5`, `ollama/llama3.1` or `embedded/smollm2-135m`."""
    family: str | None = None
    """For `model`: the model family, the unit when the claim is about models as a class."""
    temperature: float | None = None
    """For `model`: sampling temperature; none leaves the provider's default."""
    max_tokens: int = 512
    """For `model`: the longest reply, in tokens; a reply that reaches it is missing as truncated."""
    policy: str | None = None
    """For `script`: the scripted therapist's policy."""
    parameters: dict[str, float] = field(default_factory=dict)
    """For `script`: the policy's parameters, such as `q` (skill from 0 to 1), and `ongoing` (skill in courses, where it
    is planted to differ from that on single replies)."""
    played: bool = False
    """For `human`: whether a program takes the person's place, as `demo-people` has it; all is then named synthetic."""
    corpus: str | None = None
    """For `archive`: id of the study's corpus."""
    where: dict[str, str] = field(default_factory=dict)
    """For `archive`: labels of the transcripts that belong here, such as `quality: high`; one actor a transcript."""

    @property
    def demonstration(self) -> bool:
        """Whether what this actor says can only ever be a demonstration: the embedded model is at chance."""
        return self.model is not None and self.model.startswith("embedded/")

    @property
    def synthetic(self) -> bool:
        """Whether a program wrote the words by rule, so that no figure says anything about people or models."""
        return self.kind == "script" or self.played
