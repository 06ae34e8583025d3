"""An open citizen-security monitoring centre."""
