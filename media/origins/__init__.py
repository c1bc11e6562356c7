"""Where a picture comes from: what its file says of how it was made, and how it looks."""
