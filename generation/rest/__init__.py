"""What the clients of REST APIs share: addresses, bodies and refusals."""
