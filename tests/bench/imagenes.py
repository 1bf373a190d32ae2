#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The same endpoint in Python, as one would write it plainly: for the benchmark only."""
import base64
import hmac
import json
import os
import re
import sys
import time
from http.cookies import SimpleCookie

import psycopg2


def answer(status, mensaje, field=""):
    """Answers and ends."""
    sys.stdout.buffer.write(
        f"Status: {status}\r\n{field}Content-Type: application/json; charset=utf-8\r\n\r\n"
        f'{{"mensaje":"{mensaje}"}}'.encode())
    sys.exit()


def decode(part):
    """Bytes from base64url without padding."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def claims_of(token):
    """The claims of a token that the shop has signed (HS256) and that has not expired."""
    header, payload, signature = token.split(".")
    expected = hmac.digest(os.environ["FIRMA_JWT"].encode(), f"{header}.{payload}".encode(),
                           "sha256")
    if json.loads(decode(header))["alg"] != "HS256" or not hmac.compare_digest(
            expected, decode(signature)):
        raise ValueError
    found = json.loads(decode(payload))
    if found["exp"] <= time.time():
        raise ValueError
    return found


if os.environ["REQUEST_METHOD"] != "DELETE":
    answer(405, "Método no permitido", "Allow: DELETE, OPTIONS\r\n")
cookies = SimpleCookie(os.environ.get("HTTP_COOKIE", ""))
if "token" not in cookies:
    answer(401, "Acceso denegado. Se requiere iniciar sesión.")
try:
    claims = claims_of(cookies["token"].value)
except (ValueError, KeyError):
    answer(401, "Token inválido o expirado.")
match = re.fullmatch("/(-?[0-9]+)", os.environ.get("PATH_INFO", ""))
if not match:
    answer(400, "El ID de imagen debe ser un número válido")
try:
    with psycopg2.connect("") as database, database.cursor() as cursor:
        cursor.execute("SELECT sesion_id, rol_id FROM usuarios WHERE id = %s AND activo",
                       (claims["id"],))
        user = cursor.fetchone()
        if not user or user[0] != claims["sesion_id"]:
            answer(401, "Sesión inválida o revocada.")
        if user[1] != 1:
            answer(403, "Acceso denegado. Se requiere iniciar sesión.")
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
