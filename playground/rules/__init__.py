"""Discord's rules for what an application sends."""
