"""Find again what was seen: questions in words or drawn, answered newest first."""
