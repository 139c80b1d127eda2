-- managed by colonnade: change colonnade.toml and apply, not this file
\set ON_ERROR_STOP on
-- For the exporter: by peer alone, reads statistics and no table.
SELECT 'CREATE ROLE prometheus' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'prometheus') \gexec
ALTER ROLE prometheus LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD NULL CONNECTION LIMIT 5;
ALTER ROLE prometheus SET statement_timeout = '5s';
GRANT pg_monitor TO prometheus;
SELECT 'CREATE ROLE "web"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'web') \gexec
ALTER ROLE "web" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD 'SCRAM-SHA-256$4096:lFyG+mZLO7XqH0DJhdq4OA==$z0RMr5gqkI8MLurbU8Drgj1XAd5mG+mJXAbXbSApfWY=:mSM4s8kiVafqCQa2z/NarDNerTEhjkWJjdDzImy0ZsM=';
-- A transaction left open holds locks and a pooled connection; a web application has no use for one of a minute.
ALTER ROLE "web" SET idle_in_transaction_session_timeout = '60s';
SELECT 'CREATE DATABASE "web" OWNER "web"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'web') \gexec
REVOKE ALL ON DATABASE "web" FROM PUBLIC;
SELECT 'CREATE ROLE "notes"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'notes') \gexec
ALTER ROLE "notes" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD 'SCRAM-SHA-256$4096:D0szP2ry22vJzfihLJwiZA==$nxNM4GXLaPzJwjb8IH8YVkehBPrO5wBqpN+AjAk2ccc=:WKBdg8h2kXh0PBoar5XgGhCMvx7Xoq913E7gxpoGZI8=';
-- A transaction left open holds locks and a pooled connection; a web application has no use for one of a minute.
ALTER ROLE "notes" SET idle_in_transaction_session_timeout = '60s';
SELECT 'CREATE DATABASE "notes" OWNER "notes"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'notes') \gexec
REVOKE ALL ON DATABASE "notes" FROM PUBLIC;
COMMENT ON DATABASE postgres IS 'colonnade roles f854438ceb68ee04';
