"""The command line: one command for each arrow, and `run` for all of them in turn."""

from therapyarc.cli.app import app, main

__all__ = ["app", "main"]
