"""The host of models: Inspect AI carries them, and only this folder knows it."""
