#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The same endpoint in Python, as one would write it plainly: for the benchmark only."""
import os
import re
import sys

import psycopg2


def answer(status, mensaje, field=""):
    """Answers and ends."""
    sys.stdout.buffer.write(
        f"Status: {status}\r\n{field}Content-Type: application/json; charset=utf-8\r\n\r\n"
        f'{{"mensaje":"{mensaje}"}}'.encode())
    sys.exit()


if os.environ["REQUEST_METHOD"] != "DELETE":
    answer(405, "Método no permitido", "Allow: DELETE, OPTIONS\r\n")
match = re.fullmatch("/(-?[0-9]+)", os.environ.get("PATH_INFO", ""))
if not match:
    answer(400, "El ID de imagen debe ser un número válido")
try:
    with psycopg2.connect("") as database, database.cursor() as cursor:
        cursor.execute("SELECT url FROM producto_imagenes WHERE id = %s", match.groups())
        row = cursor.fetchone()
        if not row:
            answer(404, "Imagen no encontrada")
        if row[0].startswith("/recursos/"):
            try:
                os.unlink(os.environ["BALSAMOA_PUBLIC_ROOT"] + row[0])
            except FileNotFoundError:
                pass
            except OSError:
                answer(500, "Error al eliminar la imagen del disco")
        cursor.execute("DELETE FROM producto_imagenes WHERE id = %s", match.groups())
except psycopg2.Error:
    answer(500, "Error al eliminar la imagen de la base de datos")
answer(200, "Imagen eliminada del disco y de la base de datos")
