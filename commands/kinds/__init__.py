"""What each kind of job asks for, shows and offers in Discord."""
