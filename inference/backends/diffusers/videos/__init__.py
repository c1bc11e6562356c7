"""Films from pictures: pipelines that are run a step at a time, in turn with the pictures."""
