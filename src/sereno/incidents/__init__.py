"""The case: open from any channel, keep the timeline, close."""
