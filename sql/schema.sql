-- SPDX-License-Identifier: ISC
-- The shop's tables that the programs use, and the tables that these refer to, as the shop has
-- them. For tests and trials: in production the shop has made them already.
CREATE TABLE IF NOT EXISTS categorias (
    id SERIAL PRIMARY KEY,
    nombre VARCHAR(100) NOT NULL,
    descripcion TEXT
);

CREATE TABLE IF NOT EXISTS talles (
    id SERIAL PRIMARY KEY,
    nombre VARCHAR(50) NOT NULL,
    orden INTEGER DEFAULT 0
);

CREATE TABLE IF NOT EXISTS colores (
    id SERIAL PRIMARY KEY,
    nombre VARCHAR(50) NOT NULL,
    hex VARCHAR(7)
);

CREATE TABLE IF NOT EXISTS productos (
    id SERIAL PRIMARY KEY,
    nombre VARCHAR(150) NOT NULL,
    descripcion TEXT,
    precio DECIMAL(10, 2) NOT NULL,
    categoria_id INTEGER REFERENCES categorias (id) ON DELETE SET NULL,
    destacado BOOLEAN DEFAULT false,
    activo BOOLEAN DEFAULT true,
    fecha_creacion TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS producto_imagenes (
    id SERIAL PRIMARY KEY,
    producto_id INTEGER REFERENCES productos (id) ON DELETE CASCADE,
    url VARCHAR(255) NOT NULL,
    orden INTEGER DEFAULT 1
);

CREATE TABLE IF NOT EXISTS variantes (
    id SERIAL PRIMARY KEY,
    producto_id INTEGER REFERENCES productos (id) ON DELETE CASCADE,
    talle_id INTEGER REFERENCES talles (id) ON DELETE RESTRICT,
    color_id INTEGER REFERENCES colores (id) ON DELETE RESTRICT,
    stock INTEGER NOT NULL DEFAULT 0,
    activo BOOLEAN DEFAULT true,
    UNIQUE (producto_id, talle_id, color_id)
);

CREATE TABLE IF NOT EXISTS pedidos (
    id SERIAL PRIMARY KEY,
    total DECIMAL(10, 2) NOT NULL,
    fecha_pedido TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS detalles_pedido (
    id SERIAL PRIMARY KEY,
    pedido_id INTEGER REFERENCES pedidos (id) ON DELETE CASCADE,
    variante_id INTEGER REFERENCES variantes (id) ON DELETE RESTRICT,
    cantidad INTEGER NOT NULL,
    precio_unitario DECIMAL(10, 2) NOT NULL
);

CREATE TABLE IF NOT EXISTS roles (
    id SERIAL PRIMARY KEY,
    nombre VARCHAR(50) NOT NULL,
    descripcion TEXT
);

CREATE TABLE IF NOT EXISTS usuarios (
    id SERIAL PRIMARY KEY,
    nombre VARCHAR(100) NOT NULL,
    email VARCHAR(150) UNIQUE NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    fecha_registro TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    rol_id INTEGER REFERENCES roles (id) ON DELETE RESTRICT,
    activo BOOLEAN DEFAULT true,
    sesion_id VARCHAR(255)
);

-- One row for each product, as the shop's pages and its panel read it.
CREATE OR REPLACE VIEW vista_catalogo_productos AS
SELECT p.id, p.nombre, p.descripcion, p.categoria_id, c.nombre AS categoria,
    p.precio, p.destacado, p.activo, p.fecha_creacion,
    (SELECT i.url FROM producto_imagenes AS i WHERE i.producto_id = p.id
     ORDER BY i.orden LIMIT 1) AS imagen_principal,
    (SELECT coalesce(sum(v.stock), 0) FROM variantes AS v
     WHERE v.producto_id = p.id) AS stock_total,
    (SELECT coalesce(json_agg(json_build_object('talle', s.talle, 'cantidad', s.cantidad)
                              ORDER BY s.orden), '[]')
     FROM (SELECT t.nombre AS talle, t.orden, sum(v.stock) AS cantidad
           FROM variantes AS v JOIN talles AS t ON t.id = v.talle_id
           WHERE v.producto_id = p.id GROUP BY t.id) AS s) AS stock_por_talle,
    (SELECT coalesce(json_agg(DISTINCT k.hex), '[]')
     FROM variantes AS v JOIN colores AS k ON k.id = v.color_id
     WHERE v.producto_id = p.id AND k.hex IS NOT NULL) AS colores_hex,
    (SELECT coalesce(json_agg(json_build_object('url', i.url, 'orden', i.orden)
                              ORDER BY i.orden), '[]')
     FROM producto_imagenes AS i WHERE i.producto_id = p.id) AS imagenes,
    (SELECT coalesce(json_agg(DISTINCT v.talle_id ORDER BY v.talle_id), '[]')
     FROM variantes AS v WHERE v.producto_id = p.id) AS talle_ids,
    (SELECT coalesce(json_agg(DISTINCT v.color_id ORDER BY v.color_id), '[]')
     FROM variantes AS v WHERE v.producto_id = p.id) AS color_ids,
    (SELECT coalesce(json_agg(json_build_object('talle_id', v.talle_id, 'color_id', v.color_id,
                                                'stock', v.stock, 'activo', v.activo)), '[]')
     FROM variantes AS v WHERE v.producto_id = p.id) AS variantes
FROM productos AS p LEFT JOIN categorias AS c ON c.id = p.categoria_id;
