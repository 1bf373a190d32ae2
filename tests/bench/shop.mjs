// SPDX-License-Identifier: ISC
// What both endpoints on Node.js share: Express, the pool, and the sign-in, much as the shop has them.
import cookieParser from 'cookie-parser';
import express from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';

export const pool = new pg.Pool({ max: 16 });
pool.on('error', () => {}); // a connection that breaks while it is idle

async function verifyToken(req, res, next) {
    const { token } = req.cookies;
    if (!token)
        return res.status(401).json({ mensaje: 'Acceso denegado. Se requiere iniciar sesión.' });
    try {
        const claims = jwt.verify(token, process.env.FIRMA_JWT);
        const { rows: [user] } = await pool.query(
            'SELECT * FROM usuarios WHERE id = $1 AND activo = true', [claims.id]);
        if (!user || user.sesion_id !== claims.sesion_id)
            return res.status(401).json({ mensaje: 'Sesión inválida o revocada.' });
        if (user.rol_id !== 1)
            return res.status(403).json({ mensaje: 'Acceso denegado. Se requiere iniciar sesión.' });
        next();
    } catch {
        res.status(401).json({ mensaje: 'Token inválido o expirado.' });
    }
}

// Answers DELETE, for whoever is signed in, by this function.
export function serve(removeImage) {
    const app = express();
    app.use(express.json());
    app.use(cookieParser());
    app.delete('/:way/:row/:id', verifyToken, removeImage);
    app.listen(Number(process.env.PORT), '127.0.0.1');
}
