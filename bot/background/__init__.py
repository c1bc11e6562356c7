"""What runs beside the jobs: alerts, upkeep, retention, events of guilds."""
