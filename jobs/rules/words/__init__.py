"""Words and phrases that are not drawn: what they are, and how they are found."""
