"""TherapyArc: does a therapist's advantage on single replies carry over to ongoing therapy?"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__: str = version("therapyarc")
