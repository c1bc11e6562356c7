"""What moderators are told: the audit log, the budget, spending."""
