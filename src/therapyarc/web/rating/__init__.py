"""Tasks of masked raters: how they are shared out, what is shown of them, and how ratings come back."""
