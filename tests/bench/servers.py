# SPDX-License-Identifier: ISC
"""The rows, which are whatever answers DELETE, and the web servers that they are behind."""
import collections
import glob
import os
import shutil
import sys

from plan import AT_ONCE, SIZES
from services import Service, find, free_port, output, runs

HERE = os.path.dirname(os.path.abspath(__file__))
PRINT, ORDINARY, STANDALONE = "printing program", "imagenes", "imagenes, standalone"
BEFORE = "standalone, without linger"  # the same, but it recognises no Apache
OURS = (ORDINARY, STANDALONE, BEFORE)
NODE, SAFE = "Node", "Node, with our guarantees"
LIGHTTPD, CGID, CGI, NGINX = "lighttpd", "Apache, mod_cgid", "Apache, mod_cgi", "nginx"
PROCESSES = max(AT_ONCE)  # of PHP-FPM, fcgiwrap and prefork: as many as requests at once

Row = collections.namedtuple("Row", "name path kind")  # kind: cgi, fpm, node
# A row that is always there, for one way to the database. Its address: a port, or a socket's path.
Resident = collections.namedtuple("Resident", "service address")
Route = collections.namedtuple("Route", "prefix row env resident")
Server = collections.namedtuple("Server", "port services")
# Where rows are compared: behind a server, and by a way to the database.
Place = collections.namedtuple("Place", "server way")


# --- the rows ---

def start_builds(builddir, bench):
    """Builds this program in its forms, from a copy of the sources: {row: (service, path)}."""
    if not Service(bench, "source", ["make", "-s", "-C", builddir, "distdir",
                                     f"distdir={bench}/source"]).succeeds():
        sys.exit(f"bench: the sources cannot be copied ({bench}/source.log)")
    builds = {}
    for name, form, option in ((ORDINARY, "ordinary", "--disable-standalone"),
                               (STANDALONE, "standalone", "--enable-standalone"),
                               (BEFORE, "before", "--enable-standalone")):
        directory = f"{bench}/{form}"
        os.makedirs(f"{directory}/src/web", exist_ok=True)
        if name == BEFORE and not forget_apache(bench, directory):
            print(f"bench: no {name}: the sources do not name Apache")
            continue
        script = (f'cd "$1" && {{ test -f Makefile || ../source/configure -q {option}; }} &&'
                  " make -s cgi-bin/imagenes")
        builds[name] = (Service(bench, form, ["sh", "-c", script, "sh", directory]),
                        f"{directory}/cgi-bin/imagenes")
    return builds


def forget_apache(bench, directory):
    """Takes Apache's name out of a file; make prefers the one in the build directory."""
    file = "src/web/request.c"
    with open(f"{bench}/source/{file}", encoding="utf-8") as source:
        text = source.read()
    with open(f"{directory}/{file}", "w", encoding="utf-8") as changed:
        changed.write(text.replace('= "Apache"', '= "no server"'))
    return '= "Apache"' in text


def npm(bench):
    """Installs what the real shop uses, in a directory of the bench's own."""
    os.makedirs(f"{bench}/node", exist_ok=True)
    return Service(bench, "npm", [
        find("npm") or "false", "--prefix", f"{bench}/node", "--cache", f"{bench}/node/cache",
        "install", "--prefer-offline", "--no-audit", "--no-fund", "cookie-parser", "express",
        "jsonwebtoken", "pg"])


def php_fpm():
    """Debian puts the version into the name."""
    return find("php-fpm", *(os.path.basename(path) for path in glob.glob("/usr/sbin/php-fpm*")))


def find_rows(builddir, bench, room):
    """The rows that can run here; says which cannot."""
    rows = [Row(PRINT, f"{builddir}/tests/bench/print", "cgi")]
    packages = npm(bench)
    for name, (service, path) in start_builds(builddir, bench).items():
        if service.succeeds():
            rows.append(Row(name, path, "cgi"))
        else:
            print(f"bench: no {name}: it cannot be built ({bench}/{service.name}.log)")
    php = find("php-cgi") and "pgsql" in output(find("php-cgi"), "-m")
    node = packages.succeeds() and find("node")
    others = [
        (Row("PHP-FPM", "imagenes.php", "fpm"), php and php_fpm()),
        (Row("PHP, php-cgi", "imagenes.php", "cgi"), php),
        (Row("Perl, DBI", "imagenes.pl", "cgi"), runs(find("perl"), "-MDBD::Pg", "-e1")),
        (Row("Python, psycopg2", "imagenes.py", "cgi"),
         runs("/usr/bin/python3", "-c", "import psycopg2")),
        (Row(NODE, "imagenes.mjs", "node"), node),
        (Row(SAFE, "imagenes-safe.mjs", "node"), node),
    ]
    for row, present in others:
        if present:
            rows.append(row._replace(path=shutil.copy(f"{HERE}/{row.path}", room)))
        else:
            print(f"bench: no {row.name}: its runtime is missing (tests/bench/run --install)")
    if node:
        shutil.copy(f"{HERE}/shop.mjs", room)
        os.symlink(f"{bench}/node/node_modules", f"{room}/node_modules")
    return rows


def start_residents(room, shop, rows):
    """PHP-FPM and both forms on Node, for each way to the database: {(row, way): Resident}."""
    residents = {}
    for way in shop.ways:
        for row in rows:
            name = f"{slug(row.name)}-{slug(way)}"
            if row.kind == "fpm":
                residents[row.name, way] = start_fpm(room, name, shop.env(way))
            elif row.kind == "node":
                port = free_port()
                service = Service(room, name, [find("node"), row.path], {
                    **shop.env(way), "PORT": str(port), "NODE_ENV": "production"})
                residents[row.name, way] = Resident(service.wait_for(port), port)
    return residents


def start_fpm(room, name, env):
    """A pool with as many processes as requests at once."""
    with open(f"{room}/{name}.conf", "w", encoding="utf-8") as file:
        file.write(f"[global]\nerror_log = {room}/{name}.own.log\n[www]\nlisten = {room}/{name}\n"
                   f"pm = static\npm.max_children = {PROCESSES}\nclear_env = no\n")
    service = Service(room, name, [php_fpm(), "-F", "-y", f"{room}/{name}.conf"], env)
    return Resident(service.wait_for(f"{room}/{name}"), f"{room}/{name}")


# --- what is where ---

def slug(name):
    """A name in a URL, or in a file's."""
    return "".join(c if c.isalnum() else "-" for c in name)


def prefix_of(row, way):
    """The URL of a row, without the id. way: to the database; or "open", or a database's size."""
    return f"/{slug(str(way))}/{slug(row.name)}"


def ways_behind(server, shop):
    """The ways to the database that are tried behind a server: all of them behind the first."""
    return list(shop.ways) if server == LIGHTTPD else [shop.main]


def rows_behind(server, rows):
    """What differs only behind Apache is only there."""
    return [row for row in rows if row.name != BEFORE or server in (CGID, CGI)]


def routes(server, shop, rows, residents):
    """Every route that a web server is to have."""
    for row in rows_behind(server, rows):
        for way in ways_behind(server, shop):
            yield Route(prefix_of(row, way), row, shop.env(way), residents.get((row.name, way)))
        if row.name in OURS:
            env = {**shop.env(shop.main), "BALSAMOA_AUTH": "none"}
            yield Route(prefix_of(row, "open"), row, env, None)
        if row.name == STANDALONE and server == LIGHTTPD:
            for size in SIZES:
                yield Route(prefix_of(row, size), row,
                            shop.env(shop.main, f"tienda_{size}"), None)


# --- the web servers, each with the defaults of Debian, but without an access log ---

def start_servers(room, shop, rows, residents):
    """Those that there are: {name: Server}; says which are missing."""
    servers = {}
    for name, start, programs in ((LIGHTTPD, lighttpd, ("lighttpd",)),
                                  (CGID, apache, ("apache2", "httpd")),
                                  (CGI, apache, ("apache2", "httpd")),
                                  (NGINX, nginx, ("nginx",))):
        if find(*programs) and (name != NGINX or find("fcgiwrap")):
            conf = f"{room}/{slug(name)}"
            port = free_port()
            servers[name] = start(name, conf, port,
                                  list(routes(name, shop, rows, residents)))
        else:
            print(f"bench: no {name}: it is not installed (tests/bench/run --install)")
    if not servers:
        sys.exit("bench: no web server")
    return servers


def write(file, lines):
    """Writes a server's configuration."""
    with open(file, "w", encoding="utf-8") as conf:
        conf.write("\n".join(lines) + "\n")


def lighttpd(name, base, port, wanted):
    """CGI programs by mod_cgi."""
    room = os.path.dirname(base)
    conf = [f'server.document-root = "{room}"', f"server.port = {port}",
            'server.bind = "127.0.0.1"', f'server.errorlog = "{base}.own.log"',
            'server.breakagelog = "/dev/null"', 'server.modules = ("mod_setenv", "mod_alias",'
            ' "mod_cgi", "mod_fastcgi", "mod_proxy")']
    for prefix, row, env, resident in wanted:
        conf.append(f'$HTTP["url"] =~ "^{prefix}/" {{')
        if row.kind == "node":
            conf.append('proxy.server = ("" => (("host" => "127.0.0.1", "port" =>'
                        f' {resident.address})))')
        else:
            conf.append(f'alias.url = ("{prefix}" => "{row.path}")')
        if row.kind == "fpm":
            conf.append(f'fastcgi.server = (".php" => (("socket" => "{resident.address}")))')
        elif row.kind == "cgi":
            settings = ", ".join(f'"{key}" => "{value}"' for key, value in env.items())
            conf.append(f'cgi.assign = ("" => "")\nsetenv.add-environment = ({settings})')
        conf.append("}")
    write(f"{base}.conf", conf)
    service = Service(room, slug(name), [find("lighttpd"), "-D", "-f", f"{base}.conf"])
    return Server(port, [service.wait_for(port)])


def apache(name, base, port, wanted):
    """CGI programs by mod_cgid in the event MPM, as Debian has it, or by mod_cgi in prefork.

    Both are where systemd seems to be process 1, as it is on most hosts: see src/web/linger.c.
    """
    room = os.path.dirname(base)
    modules = ["mpm_event", "cgid"] if name == CGID else ["mpm_prefork", "cgi"]
    conf = [f"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so" for module in
            [*modules, "authz_core", "alias", "env", "proxy", "proxy_http", "proxy_fcgi"]]
    conf += [f"ServerRoot {room}", f"Listen 127.0.0.1:{port}", "ServerName 127.0.0.1",
             f"PidFile {base}.pid", f"ErrorLog {base}.own.log", f"DefaultRuntimeDir {room}"]
    if name == CGID:
        conf.append(f"ScriptSock {base}.cgisock")
    else:  # Debian's 5 would become more only second by second
        conf += [f"StartServers {PROCESSES}", f"MinSpareServers {PROCESSES}",
                 f"MaxSpareServers {2 * PROCESSES}"]
    for prefix, row, env, resident in wanted:
        if row.kind == "node":
            conf.append(f"ProxyPass {prefix}/ http://127.0.0.1:{resident.address}{prefix}/")
        elif row.kind == "fpm":
            conf.append(f"ProxyPass {prefix} unix:{resident.address}|fcgi://fpm{row.path}")
        else:
            conf += [f"ScriptAlias {prefix} {row.path}", f"<Location {prefix}>",
                     "Require all granted", "SetEnv REDIRECT_STATUS 200"]
            conf += [f"SetEnv {key} {value}" for key, value in env.items()]
            conf.append("</Location>")
    write(f"{base}.conf", conf)
    service = Service(room, slug(name), [f"{HERE}/../hosts/sd-booted", find("apache2", "httpd"),
                                         "-f", f"{base}.conf", "-D", "FOREGROUND"])
    return Server(port, [service.wait_for(port)])


def nginx(name, base, port, wanted):
    """CGI programs by fcgiwrap."""
    room = os.path.dirname(base)
    wrap = Service(room, "fcgiwrap", [find("fcgiwrap"), "-c", str(PROCESSES), "-s",
                                      f"unix:{base}.fcgiwrap"])
    conf = ["daemon off;", f"pid {base}.pid;", "worker_processes auto;", "events {}", "http {",
            "access_log off;", f"client_body_temp_path {base}.body;"]
    conf += [f"{kind}_temp_path {base}.{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi")]
    conf += ["server {", f"listen 127.0.0.1:{port};"]
    for prefix, row, env, resident in wanted:
        if row.kind == "node":
            conf.append(f"location {prefix}/ {{ proxy_pass http://127.0.0.1:{resident.address}; }}")
            continue
        socket = resident.address if resident else f"{base}.fcgiwrap"
        settings = {**env, "PATH_INFO": "$1", "SCRIPT_NAME": prefix, "SCRIPT_FILENAME": row.path,
                    "REQUEST_METHOD": "$request_method", "QUERY_STRING": "$query_string",
                    "CONTENT_LENGTH": "$content_length", "SERVER_PROTOCOL": "$server_protocol",
                    "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_SOFTWARE": "nginx",
                    "REDIRECT_STATUS": "200"}
        conf.append(f"location ~ ^{prefix}(/.*)$ {{ fastcgi_pass unix:{socket};")
        conf += [f"fastcgi_param {key} {value};" for key, value in settings.items()]
        conf.append("}")
    write(f"{base}.conf", conf + ["}", "}"])
    wrap.wait_for(f"{base}.fcgiwrap")
    service = Service(room, slug(name), [find("nginx"), "-e", f"{base}.own.log", "-c",
                                         f"{base}.conf"])
    return Server(port, [service.wait_for(port), wrap])
