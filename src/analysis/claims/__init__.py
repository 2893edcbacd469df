"""The register of claims, the lock on its rules, evidence, verdicts and their certainty."""
