"""The private cards of what members do with what they have made."""
