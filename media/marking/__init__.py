"""The marks that say of a file that a machine made it; no prompt and no person is in them."""
