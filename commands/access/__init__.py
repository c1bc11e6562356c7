"""Who stands behind an interaction, and what they may reach."""
