"""The vocabulary of a generation and the clients that ask for one."""
