"""Pages of trainees."""
