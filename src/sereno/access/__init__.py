"""Who may do what: people, roles, purposes, permissions, and the chained audit log of every decision."""
