"""What members do with what they have made; each module with a `build` is a command."""
