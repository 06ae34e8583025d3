"""One file per rule; ``alerts.rule_set`` names them all. Each is a pure step over what a camera sees."""
