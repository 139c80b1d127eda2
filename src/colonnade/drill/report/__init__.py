"""A campaign told to people and to scripts: terminal, JSON, one HTML page."""
