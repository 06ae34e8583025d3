"""Plates sought by order: entries, approvals, expiry, matching."""
