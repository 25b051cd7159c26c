"""Revisions. A new one names the revision it builds on; several may build on one (`heads` runs them all)."""
