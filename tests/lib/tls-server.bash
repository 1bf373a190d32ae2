# SPDX-License-Identifier: ISC
# A PostgreSQL that accepts only TLS with SCRAM over TCP. Load it after support.bash.

# tls_start [SOCKET-DIRECTORY]: its certificate is for localhost.
tls_start() {
    postgres_start password_encryption=scram-sha-256
    make_certificates
    sql "ALTER ROLE imagenes PASSWORD 'sésamo'" && sql "CREATE ROLE realm LOGIN"
    "$PGBIN/pg_ctl" -D "$PGDATA" -m fast -w stop >/dev/null
    cat >"$PGDATA/pg_hba.conf" <<-END
	local all all trust
	hostnossl all realm samehost gss
	hostssl all imagenes samehost scram-sha-256
	END
    printf '%s\n' ssl=on "ssl_cert_file='$PGHOST/server.crt'" "ssl_key_file='$PGHOST/server.key'" \
        "unix_socket_directories='$PGHOST${1:+,$1}'" "listen_addresses='localhost'" \
        >>"$PGDATA/postgresql.conf"
    launch_on_free_port
}

launch_on_free_port() {
    local attempt
    for attempt in {1..20}; do
        export PGPORT=$((20000 + RANDOM % 12000))
        echo "port=$PGPORT" >>"$PGDATA/postgresql.conf"
        ! postgres_launch || return 0
    done
    echo "no server after $attempt attempts:" >&2
    cat "$PGHOST/postgres.log" >&2
    return 1
}

# An authority, a server's certificate for localhost, and an authority that signed nothing.
make_certificates() {
    local name
    cd "$PGHOST" || return 1
    for name in authority stranger; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -subj "/CN=$name" -keyout "$name.key" -out "$name.crt" 2>openssl.log
    done
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
        -keyout server.key -out server.csr 2>>openssl.log
    openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -days 2 \
        -extfile <(echo subjectAltName=DNS:localhost) -out server.crt 2>>openssl.log
    chmod 600 server.key
}

# over_tls [KEYWORD=VALUE ...]: from here on the program connects that way.
over_tls() {
    DATABASE_URL="host=localhost port=$PGPORT dbname=tienda user=imagenes password=sésamo"
    DATABASE_URL+=" sslmode=verify-full sslrootcert=$PGHOST/authority.crt $*"
}

assert_refused() {
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log cause "$1"
    assert_intact 7
}
