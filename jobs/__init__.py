"""Jobs: accepted in one transaction, run as durable workflows, delivered, closed exactly once."""
