"""Units: who is free, who should go, who was sent, where they are."""
