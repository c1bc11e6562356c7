"""What looks at finished pictures before they leave: filters by their names in the catalogue."""
