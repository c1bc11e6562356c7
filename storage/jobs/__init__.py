"""Jobs: their rows, pictures, drafts and cards."""
