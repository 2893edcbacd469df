"""The engine: one notebook executed by papermill, with a kernel of its own, forked warm or started as always."""

from analysis.notebook.engine.task import Outcome, Task

__all__ = ["Outcome", "Task"]
