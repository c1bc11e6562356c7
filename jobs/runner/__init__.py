"""How jobs are run: durably, in queues, by several processes."""
