"""Scripted therapists: controls whose skill is known because it was planted. Policies are files of the library."""

from therapyarc.dialogue.script.conversation import ScriptTherapist, script_therapist
from therapyarc.dialogue.script.policy import PolicyError
from therapyarc.dialogue.script.speaker import ScriptSpeaker, script_speaker

__all__ = ["PolicyError", "ScriptSpeaker", "ScriptTherapist", "script_speaker", "script_therapist"]
