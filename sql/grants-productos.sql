-- SPDX-License-Identifier: ISC
-- What `productos` needs besides grants.sql, which comes first. Without this file the role can only
-- remove images. For another name: psql -v role=NAME -f grants-productos.sql
\if :{?role}
\else
    \set role imagenes
\endif
GRANT SELECT ON vista_catalogo_productos TO :"role";
GRANT SELECT, DELETE, UPDATE (nombre, descripcion, precio, categoria_id, destacado, activo)
    ON productos TO :"role";
GRANT SELECT, INSERT (producto_id, talle_id, color_id, stock, activo), UPDATE (stock, activo)
    ON variantes TO :"role";
GRANT SELECT (id, producto_id, url, orden), INSERT (producto_id, url, orden), UPDATE (orden)
    ON producto_imagenes TO :"role";
SELECT format('GRANT USAGE ON SEQUENCE %s TO %I', pg_get_serial_sequence(t, 'id'), :'role')
FROM (VALUES ('producto_imagenes'), ('variantes')) AS tables (t)
\gexec
