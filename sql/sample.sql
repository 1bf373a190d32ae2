-- SPDX-License-Identifier: ISC
-- Ten products with one image each (ids 1 to 10), and four unusual images; two administrators, of
-- whom the second has left, and a user with another role.
INSERT INTO categorias (id, nombre, descripcion) VALUES
    (1, 'Abrigo', 'Para el frío'), (2, 'Verano', NULL)
ON CONFLICT (id) DO NOTHING;

INSERT INTO talles (id, nombre, orden) VALUES (1, 'S', 1), (2, 'M', 2), (3, 'L', 3)
ON CONFLICT (id) DO NOTHING;

INSERT INTO colores (id, nombre, hex) VALUES (1, 'Blanco', '#FFFFFF'), (2, 'Negro', '#111111')
ON CONFLICT (id) DO NOTHING;

INSERT INTO productos (id, nombre, precio, categoria_id) VALUES
    (1, 'Hoodie Basic Blanco', 40000, 1), (2, 'Hoodie Basic Negro', 40000, 1),
    (3, 'Camiseta Niño', 12000.50, 2), (4, 'Gorra Clásica', 9500, 2),
    (5, 'Calcetines 2 + 1', 3000, NULL), (6, 'Pantalón Jogger Gris', 35000, 1),
    (7, 'Bufanda de Lana', 15000, 1), (8, 'Camisa 100% Algodón', 28000, 2),
    (9, 'Zapatillas [Edición 9]', 90000, NULL), (10, 'Mochila', 42000, NULL)
ON CONFLICT (id) DO NOTHING;

INSERT INTO variantes (id, producto_id, talle_id, color_id, stock) VALUES
    (1, 1, 1, 1, 2), (2, 1, 2, 1, 15), (3, 2, 2, 2, 0), (4, 3, 3, 1, 8)
ON CONFLICT (id) DO NOTHING;

INSERT INTO producto_imagenes (id, producto_id, url, orden) VALUES
    (1, 1, '/recursos/imagenes/productos/Hoodie Basic Blanco.webp', 1),
    (2, 2, '/recursos/imagenes/productos/Hoodie Basic Negro.webp', 1),
    (3, 3, '/recursos/imagenes/productos/Camiseta Niño.webp', 1),
    (4, 4, '/recursos/imagenes/productos/Gorra Clásica.webp', 1),
    (5, 5, '/recursos/imagenes/productos/Calcetines 2 + 1.webp', 1),
    (6, 6, '/recursos/imagenes/productos/Pantalón Jogger Gris.webp', 1),
    (7, 7, '/recursos/imagenes/productos/Bufanda de Lana.webp', 1),
    (8, 8, '/recursos/imagenes/productos/Camisa 100%20 Algodón.webp', 1),
    (9, 9, '/recursos/imagenes/productos/Zapatillas [9].webp', 1),
    (10, 10, '/recursos/imagenes/productos/Mochila.webp', 1),
    -- shared: the file of image 1
    (11, 2, '/recursos/imagenes/productos/Hoodie Basic Blanco.webp', 2),
    -- shared: the file of image 2
    (12, 1, '/recursos/imagenes/productos/Hoodie Basic Negro.webp', 2),
    -- missing: no file has this name
    (13, 3, '/recursos/imagenes/productos/Ya no existe.webp', 2),
    -- external: on another host
    (14, 4, 'https://cdn.example.com/imagenes/Gorra Clásica.webp', 2)
ON CONFLICT (id) DO NOTHING;

INSERT INTO roles (id, nombre) VALUES (1, 'Administrador'), (2, 'Vendedor')
ON CONFLICT (id) DO NOTHING;

-- Nobody can sign in by password: no password has the hash `!`.
INSERT INTO usuarios (id, nombre, email, password_hash, rol_id, activo, sesion_id) VALUES
    (1, 'Ana Núñez', 'ana@example.com', '!', 1, true, 'kX2p0zqVb1YtR7wLmN4cD'),
    (2, 'Luis Gómez', 'antes@example.com', '!', 1, false, 'aB3dE5fG7hJ9kL1mN0pQr'),
    (3, 'Eva Ibáñez', 'ventas@example.com', '!', 2, true, 'Zy8Xw6Vu4Ts2Rq0Po-_nM')
ON CONFLICT (id) DO NOTHING;

-- DO leaves nothing to print.
DO $$
BEGIN
    PERFORM setval(pg_get_serial_sequence(t, 'id'), m)
    FROM (SELECT 'categorias' AS t, max(id) AS m FROM categorias
          UNION ALL SELECT 'talles', max(id) FROM talles
          UNION ALL SELECT 'colores', max(id) FROM colores
          UNION ALL SELECT 'productos', max(id) FROM productos
          UNION ALL SELECT 'variantes', max(id) FROM variantes
          UNION ALL SELECT 'producto_imagenes', max(id) FROM producto_imagenes
          UNION ALL SELECT 'roles', max(id) FROM roles
          UNION ALL SELECT 'usuarios', max(id) FROM usuarios) AS maxima;
END
$$;
