"""Plans, runs, sweeps, and the manifest of what made each output."""
