"""The configuration and its schema, and the names of runs and oracles."""
