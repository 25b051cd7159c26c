"""Pages of those who run the study."""
