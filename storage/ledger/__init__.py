"""Money: accounts, entries, holds, budgets, and the proof that they are right."""
