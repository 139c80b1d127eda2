"""SSH: connections to the servers, commands, files."""
