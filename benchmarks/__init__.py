"""Measures Atelier against a named baseline in the same run; nothing else imports it."""
