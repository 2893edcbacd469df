"""What a notebook stands on: its checked parameters, and a session that loads tables and saves what it finds."""

#: Folders for outputs, and with the evidence of a run in progress; unset in a notebook that somebody opened.
OUT_VARIABLE = "ANALYSIS_OUT"
EVIDENCE_VARIABLE = "ANALYSIS_EVIDENCE"
#: Set to ``no`` by a sweep that wants numbers only.
FIGURES_VARIABLE = "ANALYSIS_FIGURES"
#: File in which the session tells the runner about its inputs and what it saved.
INPUTS = "inputs.json"
