-- The database, its schemas and who may do what in them. Safe to run again; it needs psql and a superuser:
--
--   psql -d postgres -v filings_migrate_password=… -v filings_serve_password=… (the same for form4, auth, watchlist) \
--     -f deploy/roles.sql
--
-- Per service, one role migrates and owns the schema, and one serves: it reads and writes rows, and can change no table.
-- Neither can look into another service's schema. The native stack, the containers and the tests all run this file.

\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

SELECT 'CREATE DATABASE sectracker'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sectracker')
\gexec
\connect sectracker
SET client_min_messages = warning;

CREATE TEMPORARY TABLE service_role (service text, role text, password text);
INSERT INTO service_role VALUES
    ('filings',   'filings_migrate',   :'filings_migrate_password'),
    ('filings',   'filings_serve',     :'filings_serve_password'),
    ('form4',     'form4_migrate',     :'form4_migrate_password'),
    ('form4',     'form4_serve',       :'form4_serve_password'),
    ('auth',      'auth_migrate',      :'auth_migrate_password'),
    ('auth',      'auth_serve',        :'auth_serve_password'),
    ('watchlist', 'watchlist_migrate', :'watchlist_migrate_password'),
    ('watchlist', 'watchlist_serve',   :'watchlist_serve_password');

-- Roles: they log in and are nothing else.
SELECT format('CREATE ROLE %I', role) FROM service_role WHERE role NOT IN (SELECT rolname FROM pg_roles)
\gexec
SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L', role, password)
  FROM service_role
\gexec

-- What everybody may do: connect if named here, and call the functions of the extensions.
REVOKE ALL ON DATABASE sectracker FROM PUBLIC;
SELECT format('GRANT CONNECT ON DATABASE sectracker TO %I', role) FROM service_role
\gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS extensions;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;

-- A schema a service: the migrating role owns it, the serving role gets rows of whatever is made in it, and no more.
SELECT DISTINCT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service || '_migrate') FROM service_role
\gexec
SELECT DISTINCT format('GRANT USAGE ON SCHEMA %I TO %I', service, service || '_serve') FROM service_role
\gexec
SELECT DISTINCT format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
    service || '_migrate', service, service || '_serve') FROM service_role
\gexec
SELECT DISTINCT format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I',
    service || '_migrate', service, service || '_serve') FROM service_role
\gexec
SELECT format('ALTER ROLE %I SET search_path = %I, extensions', role, service) FROM service_role
\gexec

DROP TABLE service_role;
