"""Commands and wiring; the only package that sees everything."""
