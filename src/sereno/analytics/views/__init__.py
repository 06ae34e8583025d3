"""Whether a camera still shows what it should."""
