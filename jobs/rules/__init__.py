"""Who may order what: the rules of a guild, words, disk space."""
