"""Pictures: read, priced, shown."""
