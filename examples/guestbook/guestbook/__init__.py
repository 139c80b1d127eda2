"""A guestbook: entries in PostgreSQL, sessions in Valkey, made to stay up while servers go down."""
