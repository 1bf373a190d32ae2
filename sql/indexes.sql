-- SPDX-License-Identifier: ISC
-- Makes "does another record have this url?" quick. Without it each removal reads
-- the whole table. Cannot run inside a transaction; the shop goes on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS producto_imagenes_url_idx ON producto_imagenes (url);
