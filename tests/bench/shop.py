# SPDX-License-Identifier: ISC
"""The shop: databases, files in any number, two ways to them, and a user who is signed in."""
import base64
import collections
import glob
import hmac
import json
import os
import subprocess
import sys
import time

from services import Service, find, runs

BATCH = 6000  # records and files made at a time
CONNECTIONS = 200  # all rows connect as one role, and the resident ones keep their connections
IMAGES = "/recursos/imagenes/productos"
SECRET = "the-benchmark-signs-its-tokens-with-this"
SESSION = "V1StGXR8_Z5jdHi6B-myT"


def token():
    """What the shop would have signed for user 1 just now: a JWT, HS256, for 8 hours."""
    def encode(part):
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    now = int(time.time())
    claims = {"id": 1, "rol": 1, "sesion_id": SESSION, "iat": now, "exp": now + 8 * 3600}
    text = b".".join(encode(json.dumps(part, separators=(",", ":")).encode())
                     for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + encode(hmac.digest(SECRET.encode(), text, "sha256"))).decode()


class Shop:
    """PostgreSQL and pgbouncer in a room, and records with files in any number."""

    def __init__(self, room, source):
        self.room, self.source = room, source
        self.bin = os.path.dirname(max(glob.glob("/usr/lib/postgresql/*/bin/initdb"),
                                       key=lambda path: int(path.split("/")[4])))
        self.next = collections.Counter()  # the next id to remove, by database
        self.made = collections.Counter()
        self.cookie = f"Cookie: token={token()}"
        self.root = f"{room}/public"
        os.makedirs(self.root + IMAGES)
        self.services = [self.start_postgres()]
        self.ways = {"PostgreSQL directly": 5432}
        self.create("tienda", 0)
        if find("pgbouncer"):
            self.services.append(self.start_pgbouncer())
            self.ways = {"pgbouncer": 6432, **self.ways}
        else:
            print("bench: no pgbouncer: it is not installed (tests/bench/run --install)")

    # The way that counts.
    main = property(lambda self: next(iter(self.ways)))

    def start_postgres(self):
        """As installed, but for its place: it syncs its log."""
        subprocess.run([f"{self.bin}/initdb", "-D", f"{self.room}/data", "-U", "postgres", "-A",
                        "trust", "-E", "UTF8", "--locale=C.UTF-8"], check=True,
                       stdout=subprocess.DEVNULL)
        service = Service(self.room, "postgres", [f"{self.bin}/postgres", "-D", f"{self.room}/data",
                                                  "-k", self.room, "-c", "listen_addresses=",
                                                  "-c", f"max_connections={CONNECTIONS}"])
        while not runs(f"{self.bin}/pg_isready", "-q", "-h", self.room):
            if service.process.poll() is not None:
                sys.exit("bench: PostgreSQL does not start")
            time.sleep(0.1)
        return service

    def start_pgbouncer(self):
        """Transaction mode."""
        with open(f"{self.room}/pgbouncer.ini", "w", encoding="utf-8") as file:
            file.write(f"[databases]\n* = host={self.room} port=5432 user=imagenes\n[pgbouncer]\n"
                       f"listen_addr =\nlisten_port = 6432\nunix_socket_dir = {self.room}\n"
                       "auth_type = any\npool_mode = transaction\nmax_client_conn = 400\n"
                       f"logfile = {self.room}/pgbouncer.own.log\n")
        return Service(self.room, "pgbouncer", [find("pgbouncer"), f"{self.room}/pgbouncer.ini"]
                       ).wait_for(f"{self.room}/.s.PGSQL.6432")

    def env(self, way, database="tienda"):
        """The settings, for the program and for all others."""
        return {"PGHOST": self.room, "PGPORT": str(self.ways[way]), "PGUSER": "imagenes",
                "PGDATABASE": database, "BALSAMOA_PUBLIC_ROOT": self.root,
                "BALSAMOA_AUTH": "session", "FIRMA_JWT": SECRET}

    def sql(self, database, statement):
        """Runs a statement as superuser; returns what it prints."""
        return subprocess.run([f"{self.bin}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h",
                               self.room, "-U", "postgres", "-d", database, "-c", statement],
                              check=True, capture_output=True, text=True).stdout.strip()

    def create(self, database, records):
        """A shop with so many records besides those to remove. The others read whole rows."""
        self.sql("postgres", f"CREATE DATABASE {database}")
        subprocess.run([f"{self.bin}/psql", "-Xq", "-h", self.room, "-U", "postgres", "-d",
                        database, "-v", f"connections={CONNECTIONS - 10}",
                        *(f"-f{self.source}/sql/{name}.sql"
                          for name in ("schema", "grants", "indexes"))],
                       check=True, stderr=subprocess.DEVNULL)
        self.sql(database, "INSERT INTO roles VALUES (1, 'Administrador');"
                 " INSERT INTO usuarios (nombre, email, password_hash, rol_id, sesion_id)"
                 f" VALUES ('Ana', 'ana@example.com', '!', 1, '{SESSION}');"
                 " INSERT INTO productos (nombre, precio) VALUES ('Hoodie Basic Blanco', 40000);"
                 " INSERT INTO producto_imagenes (id, producto_id, url)"
                 f" SELECT 100000000 + n, 1, '{IMAGES}/Otra ' || n || '.webp'"
                 f" FROM generate_series(1, {records}) AS n;"
                 " GRANT SELECT ON producto_imagenes, usuarios TO imagenes")
        self.sql(database, "VACUUM ANALYZE producto_imagenes")

    def ids(self, database, count):
        """The first of count ids in a row, each with a record and a file."""
        if self.next[database] + count > self.made[database]:
            first, last = self.made[database] + 1, self.made[database] + max(BATCH, count)
            self.sql(database, "INSERT INTO producto_imagenes (id, producto_id, url)"
                     f" SELECT n, 1, '{IMAGES}/{database} ' || n || '.webp'"
                     f" FROM generate_series({first}, {last}) AS n;"
                     " ANALYZE producto_imagenes")
            for number in range(first, last + 1):
                with open(f"{self.root}{IMAGES}/{database} {number}.webp", "w", encoding="utf-8"):
                    pass
            os.sync()
            self.made[database] = last
        return self.next[database] + 1

    def removed(self, database, first, count):
        """These were asked for: how many records and files, in place or staged, are left."""
        self.next[database] = first + count - 1
        left = int(self.sql(database, "SELECT count(*) FROM producto_imagenes"
                            f" WHERE id BETWEEN {first} AND {first + count - 1}"))
        for number in range(first, first + count):
            name = f"{database} {number}.webp"
            left += sum(os.path.lexists(f"{self.root}{IMAGES}/{prefix}{name}")
                        for prefix in ("", f".removal-{number}-"))
        return left
