# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034 # variables of the tests
# The users who sign in to the shop in tests, and their tokens: by openssl, as anyone could forge them,
# and by jsonwebtoken, as the shop makes them.

SECRET='el secreto de la tienda, de 32 o mas'
HS256='{"alg":"HS256","typ":"JWT"}'

# An administrator, one who has left, one who has signed out, a seller, and one without a role.
users() {
    sql "INSERT INTO roles (id, nombre) VALUES (1, 'Administrador'), (2, 'Vendedor');
        INSERT INTO usuarios (id, nombre, email, password_hash, rol_id, activo, sesion_id) VALUES
        (1, 'Ana', 'ana@example.com', '!', 1, true, 'sesion-1'),
        (2, 'Beto', 'antes@example.com', '!', 1, false, 'sesion-2'),
        (3, 'Luis', 'luis@example.com', '!', 1, true, NULL),
        (4, 'Eva', 'eva@example.com', '!', 2, true, 'sesion-4'),
        (5, 'Nadie', 'nadie@example.com', '!', NULL, true, 'sesion-5')"
}

b64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# sign HEADER PAYLOAD [SECRET [DIGEST]]: a token.
sign() {
    local input
    input=$(printf %s "$1" | b64url).$(printf %s "$2" | b64url)
    printf '%s.%s' "$input" \
        "$(printf %s "$input" | openssl dgst "-${4:-sha256}" -hmac "${3:-$SECRET}" -binary | b64url)"
}

# claims [ID [SESION_ID [ROL [EXP [MORE]]]]]
claims() {
    printf '{"id":%s,"rol":%s,"sesion_id":"%s","iat":1700000000,"exp":%s%s}' "${1:-1}" \
        "${3:-1}" "${2:-sesion-1}" "${4:-$(($(date +%s) + 3600))}" "${5-}"
}

token() { sign "$HS256" "$(claims "$@")"; }

# jsonwebtoken CLAIMS [SECRET]: as the shop does it. `./check` installs it if there is npm.
jsonwebtoken() {
    node -e 'const [claims, secret] = process.argv.slice(1);
        process.stdout.write(require("jsonwebtoken")
            .sign(JSON.parse(claims), secret, { expiresIn: "8h" }))' "$1" "${2:-$SECRET}"
}
jsonwebtoken_present() { node -e 'require("jsonwebtoken")' 2>/dev/null; }
