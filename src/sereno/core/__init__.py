"""Words every package shares: ids, instants, geometry, errors, facts, Clock. No I/O, imports no other package."""
