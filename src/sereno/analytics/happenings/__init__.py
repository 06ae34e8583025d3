"""What no single box shows: one file a kind, each a pure step; ``watch`` names them all, in order."""
