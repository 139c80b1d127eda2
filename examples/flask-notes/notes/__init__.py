"""Notes on one shared wall: rows in PostgreSQL, sessions in Valkey, plain Flask."""
