"""Interactions on their way in: answered once, acknowledged over a bad line."""
