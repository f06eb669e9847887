"""Real kills of the real command: a process is ended by force, started anew, and held to what the service holds."""
