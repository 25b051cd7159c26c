"""The embedded model: a small real language model in the same process, for demonstration and tests, never as evidence."""
