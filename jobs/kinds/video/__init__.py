"""Films from pictures: started, polled, put together."""
