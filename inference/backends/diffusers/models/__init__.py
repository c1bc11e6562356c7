"""Models from their files to the device's memory, and out of it again."""
