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
COMMENT ON DATABASE postgres IS 'colonnade roles 6c825c4f35328919';
