"""The engine: one notebook executed by papermill, with a kernel of its own, forked warm or started as always."""

import sys

from analysis.runs.engine.task import Outcome, Task

__all__ = ["Outcome", "Task"]

# jsonschema's optional checker of internationalised addresses compiles its grammars at import: two seconds of every run
# and of every parent of kernels, for a field that no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
