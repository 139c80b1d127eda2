"""SQL by the application's own path: PgBouncer on the app servers; and past it, on each database server."""
