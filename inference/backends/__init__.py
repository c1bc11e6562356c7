"""The backends: each turns a request into pictures."""
