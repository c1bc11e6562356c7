"""The drive API: how the page and tests act as members."""
