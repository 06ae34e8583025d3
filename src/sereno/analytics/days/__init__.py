"""What was seen, a file a day: forgetting is dropping files."""
