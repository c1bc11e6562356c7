"""Options that several slash commands share, and how a command is made of a method."""
