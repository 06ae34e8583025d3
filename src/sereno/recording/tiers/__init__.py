"""Footage moves to slower, cheaper disks as it grows old; a process of its own copies, the recorder keeps the rows."""
