"""Who may call the server, and how much of it at once."""
