"""Migrations of the schema: one module in `versions` for each, named after its revision."""
