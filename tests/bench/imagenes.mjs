// SPDX-License-Identifier: ISC
// The same endpoint on Node.js, as people write it, and much as the shop has it: for the benchmark only.
import fs from 'node:fs';
import { pool, serve } from './shop.mjs';

async function removeImage(req, res) {
    const id = Number(req.params.id);
    if (Number.isNaN(id))
        return res.status(400).json({ mensaje: 'El ID de imagen debe ser un número válido' });
    try {
        const { rows } = await pool.query(
            'SELECT id, producto_id, url, orden FROM producto_imagenes WHERE id = $1', [id]);
        if (rows.length === 0)
            return res.status(404).json({ mensaje: 'Imagen no encontrada' });
        if (rows[0].url.startsWith('/recursos/')) {
            try {
                const file = process.env.BALSAMOA_PUBLIC_ROOT + rows[0].url;
                if (fs.existsSync(file))
                    fs.unlinkSync(file);
            } catch {
                return res.status(500).json({ mensaje: 'Error al eliminar la imagen del disco' });
            }
        }
        await pool.query('DELETE FROM producto_imagenes WHERE id = $1 RETURNING *', [id]);
        res.json({ mensaje: 'Imagen eliminada del disco y de la base de datos' });
    } catch {
        res.status(500).json({ mensaje: 'Error al eliminar la imagen de la base de datos' });
    }
}

serve(removeImage);
