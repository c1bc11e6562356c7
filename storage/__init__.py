"""What is kept: jobs, money, drafts and pictures; the only room with SQL."""
