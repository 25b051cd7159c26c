"""Findings: the first and only place where measurements meet the key."""

from therapyarc.analysis.plan import analyse

__all__ = ["analyse"]
