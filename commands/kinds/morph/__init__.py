"""Films that lead from prompt to prompt: read, priced, shown."""
