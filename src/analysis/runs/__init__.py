"""Parameters, papermill execution and provenance."""
