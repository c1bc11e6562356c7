"""What the server measures of itself, and how Prometheus reads it."""
