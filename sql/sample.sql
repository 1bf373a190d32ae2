-- SPDX-License-Identifier: ISC
-- Ten products with one image each (ids 1 to 10), and four images out of the ordinary.
INSERT INTO productos (id, nombre) VALUES
    (1, 'Hoodie Basic Blanco'), (2, 'Hoodie Basic Negro'), (3, 'Camiseta Niño'),
    (4, 'Gorra Clásica'), (5, 'Calcetines 2 + 1'), (6, 'Pantalón Jogger Gris'),
    (7, 'Bufanda de Lana'), (8, 'Camisa 100% Algodón'), (9, 'Zapatillas [Edición 9]'),
    (10, 'Mochila')
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

INSERT INTO usuarios (id, email, rol, activo, sesion_id) VALUES
    (1, 'admin@example.com', 'admin', true, '6b1f0c0e-3a52-4d8e-9a55-0d6a3f9c7e21'),
    (2, 'antes@example.com', 'admin', false, 'b5f7c7e0-4c9c-47f6-8d8e-2f6f0a9d1c34')
ON CONFLICT (id) DO NOTHING;

-- DO leaves nothing to print.
DO $$
BEGIN
    PERFORM setval(pg_get_serial_sequence(t, 'id'), m)
    FROM (SELECT 'productos' AS t, max(id) AS m FROM productos
          UNION ALL SELECT 'producto_imagenes', max(id) FROM producto_imagenes
          UNION ALL SELECT 'usuarios', max(id) FROM usuarios) AS maxima;
END
$$;
