"""Edits: what is done to a given picture, how that is asked for and shown."""
