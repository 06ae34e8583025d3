"""What a track looked like: its best crop, colours, and a vector to find it again."""
