"""What the playground holds: servers, messages, interactions."""
