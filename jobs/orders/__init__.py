"""What jobs were accepted for, as plain data."""
