"""What Inspect finds of TherapyArc through its entry point."""
