"""Walks between prompts: what is asked for, read, priced and accepted."""
