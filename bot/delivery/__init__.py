"""Showing jobs in Discord: cards, results, and what becomes of cards that are left over."""
