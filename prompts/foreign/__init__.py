"""What other programs write in prompts."""
