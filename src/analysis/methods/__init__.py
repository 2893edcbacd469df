"""Numbers: pure functions on arrays and frames that return frozen results."""
