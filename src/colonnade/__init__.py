"""High availability for a web application on a few plain Debian servers, from one file, proved by drills."""
