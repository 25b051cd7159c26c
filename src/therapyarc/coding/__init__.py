"""What was done in an utterance: raters, codebook and coders."""

from therapyarc.coding.behaviours import BehaviourCoder, CodedTurn, coder

__all__ = ["BehaviourCoder", "CodedTurn", "coder"]
