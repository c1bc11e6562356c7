"""What the bot reads and writes in the job engine's own tables."""
