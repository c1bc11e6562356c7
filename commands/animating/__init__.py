"""What /animate consists of."""
