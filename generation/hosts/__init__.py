"""The hosts of engines: which of them answer, what they offer together, and who draws what."""
