"""Looking back: what was recorded when and why not, what happened in it, and what people marked."""
