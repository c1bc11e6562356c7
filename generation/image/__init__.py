"""Pictures: the client of the gooseai protocol."""
