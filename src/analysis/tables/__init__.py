"""Tidy, schema-checked tables with edition and data year as separate keys."""
