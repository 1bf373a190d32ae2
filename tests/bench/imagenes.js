// SPDX-License-Identifier: ISC
// The same endpoint on Node.js with Express and pg, resident: for the benchmark only.
const express = require('express');
const { unlink } = require('node:fs/promises');
const { Pool } = require('pg');

const pool = new Pool({ max: 16 });
const app = express();

app.delete('/:way/:name/:id', async (req, res) => {
    const { id } = req.params;
    if (!/^-?[0-9]+$/.test(id))
        return res.status(400).json({ mensaje: 'El ID de imagen debe ser un número válido' });
    try {
        const { rows } = await pool.query('SELECT url FROM producto_imagenes WHERE id = $1', [id]);
        if (rows.length === 0)
            return res.status(404).json({ mensaje: 'Imagen no encontrada' });
        if (rows[0].url.startsWith('/recursos/')) {
            try {
                await unlink(process.env.BALSAMOA_PUBLIC_ROOT + rows[0].url);
            } catch (error) {
                if (error.code !== 'ENOENT')
                    return res.status(500).json({ mensaje: 'Error al eliminar la imagen del disco' });
            }
        }
        await pool.query('DELETE FROM producto_imagenes WHERE id = $1', [id]);
        res.json({ mensaje: 'Imagen eliminada del disco y de la base de datos' });
    } catch {
        res.status(500).json({ mensaje: 'Error al eliminar la imagen de la base de datos' });
    }
});
app.all('/:way/:name/:id', (req, res) => {
    res.set('Allow', 'DELETE, OPTIONS').status(405).json({ mensaje: 'Método no permitido' });
});
app.listen(Number(process.env.PORT), '127.0.0.1');
