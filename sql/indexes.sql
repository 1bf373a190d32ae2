-- SPDX-License-Identifier: ISC
-- Makes "does another record have this url?" quick. Without it, each removal reads the whole table.
-- It cannot run inside a transaction. The shop goes on working meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS producto_imagenes_url_idx ON producto_imagenes (url);
-- The same for "which images has this product?", which the shop and productos ask.
CREATE INDEX CONCURRENTLY IF NOT EXISTS producto_imagenes_producto_id_idx
    ON producto_imagenes (producto_id);
