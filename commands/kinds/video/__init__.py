"""Films from pictures: read, priced, shown."""
