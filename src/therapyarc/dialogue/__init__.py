"""Meetings: therapists and clients talk, from single exchanges to courses of sessions."""
