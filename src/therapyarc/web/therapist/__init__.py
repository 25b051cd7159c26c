"""Pages of those who answer as therapists."""
