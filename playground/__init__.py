"""A loopback Discord: gateway, REST and a web page, to try the bot and to test it."""
