"""The plate of a vehicle: text on it, the countries' patterns, votes over a track."""
