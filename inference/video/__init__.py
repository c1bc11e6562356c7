"""Films from pictures: the orders, where results are kept, and the REST flow around them."""
