-- SPDX-License-Identifier: ISC
-- The role the program connects as, with no more rights than it uses.
-- Another name: psql -v role=NAME -f grants.sql
\if :{?role}
\else
    \set role imagenes
\endif
SELECT format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role')
\gexec
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), :'role')
\gexec
GRANT SELECT, DELETE ON producto_imagenes TO :"role";
GRANT SELECT (id, activo, sesion_id) ON usuarios TO :"role";
