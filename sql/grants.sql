-- SPDX-License-Identifier: ISC
-- The role that the program connects as. It has only the rights that the program uses, and its
-- connections leave room for the shop's. For another name or limit:
--     psql -v role=NAME -v connections=N -f grants.sql
-- A role with the name of the system's user who runs the program (Debian's web servers: www-data)
-- needs no password on the same machine: PostgreSQL's own pg_hba.conf on Debian has peer
-- authentication.
\if :{?role}
\else
    \set role imagenes
\endif
\if :{?connections}
\else
    \set connections 20
\endif
SELECT format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec
ALTER ROLE :"role" CONNECTION LIMIT :connections;
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role')
\gexec
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), :'role')
\gexec
GRANT SELECT (id, url), DELETE ON producto_imagenes TO :"role";
GRANT SELECT (id, activo, sesion_id, rol_id) ON usuarios TO :"role";
