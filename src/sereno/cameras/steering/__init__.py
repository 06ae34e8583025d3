"""Who steers a PTZ camera: one person at a time, by rank, and not for ever."""
