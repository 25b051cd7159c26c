"""Courses of sessions that people hold with the simulated clients that models meet: for therapists and for trainees."""
