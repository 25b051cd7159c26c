"""The report: one self-contained page from findings, and the sessions and ratings behind them. Computes nothing."""

from therapyarc.report.page import render
from therapyarc.report.summary import summary

__all__ = ["render", "summary"]
