// SPDX-License-Identifier: ISC
// The same endpoint on Node.js with the guarantees of ours (doc/removal.md): for the benchmark only.
import { link, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool, serve } from './shop.mjs';

const DONE = 'Imagen eliminada del disco y de la base de datos';
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '4s';
    SET LOCAL statement_timeout = '4s'; SET LOCAL idle_in_transaction_session_timeout = '5s';
    SET LOCAL row_security = off`;
// The first keys are those of src/shop/locks.h.
const LOCK_ID = 'SELECT pg_advisory_xact_lock(1229801289, $1)';
const LOCK_URL = `SELECT url, pg_advisory_xact_lock(1229801301, hashtext(url::text))
    FROM producto_imagenes WHERE id = $1`;
const DELETE = `DELETE FROM producto_imagenes AS image WHERE id = $1 RETURNING url,
    EXISTS (SELECT FROM producto_imagenes WHERE url::text = image.url::text AND id <> $1) AS shared`;
const EXISTS = 'SELECT EXISTS (SELECT FROM producto_imagenes WHERE id = $1 OR url::text = $2)';
// Who may be about to commit a record with this url: other removals insert none.
const LOOK = `SELECT pg_try_advisory_xact_lock(1229801301, hashtext($1)) AS locked,
    set_config('row_security', 'off', true), EXISTS (SELECT FROM pg_locks WHERE granted AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database())
        GROUP BY virtualtransaction
        HAVING bool_or(relation = 'producto_imagenes'::regclass AND mode = 'RowExclusiveLock')
            AND (NOT bool_or(locktype = 'advisory' AND classid = 1229801289)
                OR bool_or(relation = 'productos'::regclass))) AS writers`;

// Returns whether there was a file.
async function stage(file, staged) {
    try {
        await rename(file, staged); // the name has the id, whose lock we hold
    } catch (error) {
        if (error.code === 'ENOENT')
            return false;
        throw error;
    }
    const directory = await open(path.dirname(file));
    try {
        await directory.sync();
    } finally {
        await directory.close();
    }
    return true;
}

// Never over a file that has come there meanwhile.
async function putBack(file, staged) {
    await link(staged, file).catch((error) => {
        if (error.code !== 'EEXIST')
            throw error;
    });
    await unlink(staged);
}

// After the commit: whether a record has the url; undefined if a writer does not end. If there is an
// answer, the transaction is left open, with the url's lock.
async function lookAgain(client, id, url) {
    for (const until = Date.now() + 500; ; await sleep(5)) {
        const { rows: [{ locked, writers }] } = await client.query(LOOK, [url]);
        if (locked && !writers)
            return (await client.query(EXISTS, [id, url])).rows[0].exists;
        await client.query('ROLLBACK');
        if (Date.now() > until)
            return undefined;
        await client.query(BEGIN);
    }
}

// The commit was refused, or nobody knows: the file goes back if a record exists. Else it stays staged.
async function settle(id, url, file, staged) {
    const client = await pool.connect();
    try {
        await client.query(BEGIN);
        await client.query(LOCK_ID, [id]);
        await client.query('SELECT pg_advisory_xact_lock(1229801301, hashtext($1))', [url]);
        if ((await client.query(EXISTS, [id, url])).rows[0].exists)
            await putBack(file, staged);
        await client.query('COMMIT');
    } finally {
        client.release(true);
    }
}

// Returns what the answer has to say. Sets image.staged while the file is not in its place.
async function removeRecordAndFile(client, id, image) {
    await client.query(BEGIN);
    await client.query(LOCK_ID, [id]);
    const locked = (await client.query(LOCK_URL, [id])).rows[0]?.url;
    const deleted = (await client.query(DELETE, [id])).rows[0];
    if (locked !== deleted?.url)
        throw new Error('the record has changed');
    if (!deleted) {
        await client.query('ROLLBACK');
        return { status: 404, mensaje: 'Imagen no encontrada' };
    }
    image.url = deleted.url;
    image.file = process.env.BALSAMOA_PUBLIC_ROOT + deleted.url;
    image.staged = path.join(path.dirname(image.file), `.removal-${id}-${path.basename(image.file)}`);
    const ours = deleted.url.startsWith('/recursos/') && path.posix.normalize(deleted.url) === deleted.url;
    if (deleted.shared || !ours || !await stage(image.file, image.staged)) {
        image.staged = null;
        await client.query('COMMIT');
        return { status: 200, mensaje: DONE, detalle: 'No se ha borrado ningún archivo' };
    }
    await client.query('COMMIT AND CHAIN');
    const referenced = await lookAgain(client, id, image.url);
    if (referenced === undefined)
        return { status: 200, mensaje: DONE, detalle: 'El archivo aún no se ha borrado' };
    await (referenced ? putBack(image.file, image.staged) : unlink(image.staged));
    image.staged = null;
    await client.query('COMMIT').catch(() => {}); // which only ends the lock
    return { status: 200, mensaje: DONE, ...(referenced && { detalle: 'El archivo se conserva' }) };
}

async function removeImage(req, res) {
    const id = Number(req.params.id);
    if (!/^-?[0-9]+$/.test(req.params.id))
        return res.status(400).json({ mensaje: 'El ID de imagen debe ser un número válido' });
    if (Math.abs(id) > 2147483647)
        return res.status(404).json({ mensaje: 'Imagen no encontrada' });
    const client = await pool.connect();
    const image = {};
    let failure;
    try {
        const { status, ...answer } = await removeRecordAndFile(client, id, image);
        res.status(status).json(answer);
    } catch (error) {
        failure = error;
    } finally {
        client.release(failure); // with the connection, an open transaction ends
    }
    if (!failure)
        return;
    if (image.staged)
        await settle(id, image.url, image.file, image.staged).catch(() => {});
    res.status(500).json({ mensaje: failure.syscall ? 'Error al eliminar la imagen del disco'
        : 'Error al eliminar la imagen de la base de datos' });
}

serve(removeImage);
