"""People in the browser."""
