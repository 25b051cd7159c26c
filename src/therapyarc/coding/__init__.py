"""What was done in an utterance: raters, codebook and coder."""
