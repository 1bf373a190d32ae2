# SPDX-License-Identifier: ISC
# html/imagenes.html in a real browser, before both programs behind lighttpd. The browser's name for the
# server says who signs in: 127.0.0.1 the shop, localhost lighttpd, and filtro.localhost lighttpd, on a
# host that refuses DELETE.
# shellcheck disable=SC2016,SC2154 # dollars of JavaScript and lighttpd; variables of make check
load ../lib/support
load ../lib/servers
load ../lib/host-cases
load ../lib/browser

setup_file() {
    unset PGHOST SERVER BROWSER # the stop functions remove them
    PAGE_MISSING=$(browser_missing; lighttpd_present || echo lighttpd)
    export PAGE_MISSING
    [ -z "$PAGE_MISSING" ] || return 0
    postgres_start && grant_products
    site_start
    browser_start
    go "$(site)/otra.html"
    webdriver POST /cookie "$(jq -n --arg token "$(token)" '{cookie: {name: "token", value: $token,
        httpOnly: true, sameSite: "Strict"}}')" >/dev/null
}
teardown_file() {
    browser_stop
    server_stop
    postgres_stop
}
setup() {
    [ -z "$PAGE_MISSING" ] || skip "${PAGE_MISSING//$'\n'/, } is not installed"
    shop_reset
    users
    server_public
}

# --- the site ---

site_start() {
    server_room
    cp "$abs_top_srcdir/html/imagenes.html" "$SERVER/public/"
    echo '<!DOCTYPE html><html lang="es"><title>Otra</title><iframe src="/imagenes.html"></iframe>' \
        >"$SERVER/public/otra.html"
    site_main >"$SERVER/lighttpd.conf"
    server_launch "$(find_program lighttpd)" -D -f "$SERVER/lighttpd.conf"
}

site_main() {
    cat <<-EOF
	server.bind = "127.0.0.1"
	server.port = env.SERVER_PORT
	server.document-root = "$SERVER/public"
	server.pid-file = "$SERVER/pid"
	server.errorlog = "$SERVER/error.log"
	server.breakagelog = "$SERVER/cgi.log"
	server.modules = ( "mod_setenv", "mod_access", "mod_alias", "mod_auth", "mod_authn_file", "mod_cgi" )
	server.stat-cache-engine = "disable"
	mimetype.assign = ( ".html" => "text/html; charset=utf-8", ".png" => "image/png",
	    ".svg" => "image/svg+xml", ".webp" => "image/webp" )
	alias.url = ( "/api/v1/admin/imagenes" => "$INSTALLED",
	    "/api/v1/admin/productos" => "$SERVER/libexec/productos" )
	\$HTTP["url"] =~ "^/api/v1/admin/(imagenes|productos)(/|\$)" { cgi.assign = ( "" => "" ) }
	setenv.set-environment = ( "BALSAMOA_CONFIG" => "$SERVER/imagenes.json", "BALSAMOA_AUTH" => "session" )
	auth.backend = "htpasswd"
	auth.backend.htpasswd.userfile = "$SERVER/users"
	\$HTTP["host"] =~ "localhost" {
	    setenv.set-environment = ( "BALSAMOA_CONFIG" => "$SERVER/imagenes.json",
	        "BALSAMOA_AUTH" => "server", "BALSAMOA_METHOD_OVERRIDE" => "true" )
	    auth.require = ( "" => ( "method" => "basic", "realm" => "Balsamoa", "require" => "valid-user" ) )
	}
	\$HTTP["host"] =~ "^filtro" {
	    \$HTTP["request-method"] == "DELETE" { url.access-deny = ( "" ) }
	}
	EOF
}

site() { echo "http://${1:-127.0.0.1}:$SERVER_PORT"; }

# open_page [[USER@]HOST]
open_page() {
    go "$(site "${1-}")/imagenes.html"
    page_ready
}
page_ready() { wait_until shown '!lista.ariaBusy && aviso.textContent'; }

# --- the shop ---

PNG=iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
WEBP=UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==
SVG='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'

# picture ID NAME [PRODUCT]: a record, and a real picture.
picture() {
    local file=$PRODUCTOS/$2
    image "$1" "/recursos/imagenes/productos/$2"
    sql "UPDATE producto_imagenes SET producto_id = ${3-1}, orden = $1 WHERE id = $1"
    case $2 in
    *.png) base64 -d <<<"$PNG" ;;
    *.webp) base64 -d <<<"$WEBP" ;;
    *.svg) echo "$SVG" ;;
    esac >"$file"
    touch -d '1 hour ago' "$file"
}

# Two products: 1 with the pictures 7, 8, 9, and 2 with the picture 12.
two_products() {
    sql "INSERT INTO productos (id, nombre, precio) VALUES (2, 'Camiseta Niño', 12000)"
    picture 7 7.png
    picture 8 8.webp
    picture 9 9.svg
    picture 12 12.png 2
}

assert_gone() { refute_row "$1"; assert_not_exists "$PRODUCTOS/$2"; refute_staged; }
assert_there() { assert_row "$1"; assert_exists "$PRODUCTOS/$2"; refute_staged; }

# --- what the page shows ---

# Product 1's card: the names of its pictures, and its message.
HOODIE='Hoodie Basic Blanco'
CARD="[...lista.children].find(c => c.querySelector('h2').textContent === '$HOODIE')"
names() {
    js "return [...$CARD.querySelectorAll('.imagen button')].map(b => b.ariaLabel.split(' ')[3]).join(' ')"
}
message() { js "return $CARD.querySelector('.aviso').innerText"; }
notice() { js 'return aviso.innerText'; }

# What has the focus: its label or its text.
focused() {
    js 'const e = document.activeElement; return e.id || e.ariaLabel || e.textContent.trim()'
}
assert_focus() { assert_equal "$(focused)" "$1"; }
button_of() { echo "button[aria-label^='Eliminar la imagen $1 ']"; }

# remove NAME: by mouse, and yes. Returns when the page has said what became of it.
remove() {
    js 'document.querySelectorAll(".ficha .aviso").forEach(a => a.textContent = "")' >/dev/null
    click "$(button_of "$1")"
    click '#pregunta .eliminar'
    wait_until shown 'document.querySelector(".ficha .aviso:not(:empty), #aviso.mal")'
}

# left N: waits until that many images are on the page.
left() { wait_until shown "document.querySelectorAll('.imagen').length === $1"; }

DROPPED='Imagen eliminada del disco y de la base de datos'

@test "the policy lets run this style and this script, and the browser has no complaint" {
    local page part kind
    page=$(<"$abs_top_srcdir/html/imagenes.html")
    for kind in style script; do
        part=${page#*"<$kind>"}
        assert_regex "$page" "$kind-src 'sha256-$(printf %s "${part%%"</$kind>"*}" |
            openssl dgst -sha256 -binary | base64 | sed 's/[+]/[+]/g')';"
    done
    complaints >/dev/null
    two_products
    open_page
    remove 7.png
    assert_equal "$(message)" "$DROPPED"
    assert_equal "$(complaints)" ''

    run ! js 'const s = document.createElement("script"); s.textContent = "window.ran = 1"; document.body.append(s)'
    js 'const s = document.createElement("style"); s.textContent = "h1 { color: red }"; document.body.append(s)'
    assert_equal "$(js 'return typeof window.ran + getComputedStyle(document.querySelector("h1")).color')" \
        'undefinedrgb(35, 39, 31)'
    assert_regex "$(complaints)" "'TrustedScript'.*Content Security Policy directive 'style-src"
}

@test "each picture is shown, whatever its name" {
    local name id=20 names=(7.png 'Hoodie Basic.webp' 'Niño ñ.svg' 'Camisa 100%20 Algodón.png' 'Zapatillas [9].webp'
        'a#b.png' 'a?b=c&d.png' '2 + 1.svg' '<b>&amp;".png' "l'x;y.png" 'a\b.png')
    for name in "${names[@]}"; do picture $((id++)) "$name"; done
    open_page
    js 'document.querySelectorAll("img").forEach(i => i.loading = "eager")'
    wait_until shown '[...document.images].every(i => i.complete)'
    assert_equal "$(js 'return [...document.images].filter(i => i.naturalWidth > 0).length')" "${#names[@]}"
    assert_equal "$(js 'return [...document.querySelectorAll(".nombre")].map(n => n.firstChild.firstChild.data).join("\n")')" \
        "$(printf '%s\n' "${names[@]}")"
    assert_equal "$(js 'return document.querySelectorAll(".nombre a")[3].href')" \
        "$(site)/recursos/imagenes/productos/Camisa%20100%2520%20Algod%C3%B3n.png"
}

@test "a picture that cannot be shown has a text instead; no url of another scheme is a link" {
    local url id=20
    image 7 /recursos/imagenes/productos/falta.png
    for url in 'https://cdn.invalid/a b.webp?c=%20' 'javascript:window.ran=1' 'data:text/html,x' http://cdn.invalid/x.png \
        //cdn.invalid/x.png '/../x.png' 'x.png' ''; do
        image $((id++)) "$url"
    done
    open_page
    js 'document.querySelectorAll("img").forEach(i => i.loading = "eager")'
    wait_until shown '!document.images.length'
    assert_equal "$(js 'return [...document.querySelectorAll("#lista .marco")].map(m => m.textContent).sort().join("\n")')" \
        "$(printf 'No se pudo cargar la imagen\n%.0s' 1 2; printf 'Sin vista previa\n%.0s' {1..7})"
    assert_equal "$(js 'return [...document.querySelectorAll(".nombre a")].map(a => a.getAttribute("href")).sort().join("\n")')" \
        "$(site)/recursos/imagenes/productos/falta.png"$'\nhttps://cdn.invalid/a b.webp?c=%20'
    click '.imagen:nth-child(3) .nombre'
    assert_equal "$(js 'return typeof window.ran')" undefined
}

@test "by mouse: the image is removed, and only its card changes" {
    two_products
    open_page
    js 'document.querySelectorAll(".ficha, .imagen").forEach(e => e.mark = 1)'
    click "$(button_of 8.webp)"
    assert_equal "$(js 'return document.querySelector("#pregunta .cual").textContent')" \
        "$HOODIE: /recursos/imagenes/productos/8.webp"
    click '#pregunta .eliminar'
    left 3
    assert_gone 8 8.webp
    assert_there 7 7.png
    assert_there 12 12.png
    assert_equal "$(names)" '7.png 9.svg'
    assert_equal "$(message)" "$DROPPED"
    assert_equal "$(js "return $CARD.querySelector('.datos').textContent")" '2 imágenes'
    assert_equal "$(js 'return document.querySelectorAll(".ficha, .imagen").length')" 5
    assert shown '[...document.querySelectorAll(".ficha, .imagen")].every(e => e.mark)'
}

@test "by keyboard: the focus is never lost, and what is said is in a live region" {
    two_products
    open_page
    js 'buscar.focus()'
    press Tab Tab Tab
    assert_focus 'Eliminar la imagen 12.png de Camiseta Niño'
    press Tab Tab
    assert_focus "Eliminar la imagen 7.png de $HOODIE"
    press Enter
    assert_focus Cancelar
    press Tab
    assert_focus Eliminar
    assert_equal "$(js 'return getComputedStyle(document.activeElement).outlineStyle')" solid
    press Enter
    left 3
    assert_gone 7 7.png
    assert_focus "Eliminar la imagen 8.webp de $HOODIE"
    press Tab Tab Enter Tab Enter
    left 2
    assert_focus "Eliminar la imagen 8.webp de $HOODIE"
    press Enter Tab Enter
    left 1
    assert_focus "$HOODIE"
    assert_equal "$(sql 'SELECT count(*) FROM producto_imagenes')" 1
    assert_equal "$(webdriver GET "$(element '.ficha .aviso.bien')/computedrole")" '"status"'
    assert_equal "$(webdriver GET "$(element '#buscar')/computedlabel")" '"Buscar por nombre"'
    js 'document.querySelector(arguments[0]).click()' "$(button_of 12.png)"
    assert_equal "$(webdriver GET "$(element '#pregunta')/computedlabel")" '"¿Eliminar esta imagen?"'
}

@test "Cancelar and Escape remove nothing" {
    two_products
    open_page
    js 'document.querySelector(arguments[0]).focus()' "$(button_of 7.png)"
    press Enter Escape
    assert_focus "Eliminar la imagen 7.png de $HOODIE"
    press Enter Enter
    assert_focus "Eliminar la imagen 7.png de $HOODIE"
    press Enter Tab Escape
    click "$(button_of 7.png)"
    click '#pregunta button[autofocus]'
    assert shown '!pregunta.open'
    assert_equal "$(names)" '7.png 8.webp 9.svg'
    assert_there 7 7.png
    remove 7.png
    assert_gone 7 7.png
    # Not the yes from before. (In other browsers Escape closes the dialog without a value, as here.)
    press Enter
    assert_equal "$(js 'pregunta.close(); return pregunta.open + pregunta.returnValue')" false
    assert_equal "$(names)" '8.webp 9.svg'
}

@test "detalle is shown" {
    two_products
    sql "UPDATE producto_imagenes SET url = '/recursos/imagenes/productos/8.webp' WHERE id = 7"
    rm "$PRODUCTOS/9.svg"
    open_page
    remove 8.webp
    assert_equal "$(message)" "$DROPPED"$'\nEl archivo se conserva porque otra imagen lo utiliza'
    assert_there 8 8.webp
    remove 8.webp
    assert_equal "$(message)" "$DROPPED"
    assert_gone 8 8.webp
    remove 9.svg
    assert_equal "$(message)" "$DROPPED"$'\nEl archivo ya no existía en el disco'
    assert_equal "$(names)" ''
}

# network OFFLINE: true or false.
network() {
    chrome Network.enable '{}'
    chrome Network.emulateNetworkConditions \
        "{\"offline\": $1, \"latency\": 0, \"downloadThroughput\": -1, \"uploadThroughput\": -1}"
}

@test "500, and no network: what is known is said, and the image stays" {
    local said
    two_products
    open_page
    refuse_delete 'not now'
    remove 7.png
    assert_equal "$(message)" "No se eliminó la imagen. Error al eliminar la imagen de la base de datos
Pulse «Actualizar» para ver qué imágenes quedan."
    at_delete_no_more
    network true
    remove 8.webp
    said=$(message)
    click '#actualizar'
    page_ready
    network false
    assert_equal "$said" "No se sabe si la imagen se eliminó. No hay conexión con el servidor.
Pulse «Actualizar» para ver qué imágenes quedan."
    assert_equal "$(notice)" "No se pudieron cargar los productos. No hay conexión con el servidor.
Pulse «Actualizar» para volver a intentarlo."
    assert_equal "$(names)" '7.png 8.webp 9.svg'
    assert_there 7 7.png
    remove 7.png
    assert_equal "$(message)" "$DROPPED"
    mv "$SERVER/libexec/productos" "$SERVER/libexec/elsewhere"
    click '#actualizar'
    page_ready
    mv "$SERVER/libexec/elsewhere" "$SERVER/libexec/productos"
    assert_equal "$(notice)" "No se pudieron cargar los productos. El servidor no respondió como la tienda (código 404).
La dirección no está instalada en este servidor."
    assert_equal "$(names)" '8.webp 9.svg'
}

@test "401 and 403: the session has ended, or is somebody else's" {
    two_products
    open_page
    sql "UPDATE usuarios SET sesion_id = NULL"
    remove 7.png
    assert_equal "$(message)" "No se eliminó la imagen. Sesión inválida o revocada.
Inicie sesión en la tienda (/login) y vuelva a intentarlo."
    assert_equal "$(js 'return document.querySelector(".mal a").href')" "$(site)/login"
    click '#actualizar'
    page_ready
    assert_regex "$(notice)" 'Inicie sesión en la tienda \(/login\)'
    assert_equal "$(names)" '7.png 8.webp 9.svg'
    sql "UPDATE usuarios SET sesion_id = 'sesion-1', rol_id = 2 WHERE id = 1"
    remove 7.png
    assert_equal "$(message)" "No se eliminó la imagen. Acceso denegado. Se requiere iniciar sesión.
Su usuario no tiene permiso, o el servidor web no admite la petición."
    assert_there 7 7.png
}

@test "404: the card has what somebody else has left" {
    two_products
    open_page
    sql "UPDATE producto_imagenes SET id = id + 100 WHERE producto_id = 1 AND id > 7;
         DELETE FROM producto_imagenes WHERE id = 7"
    remove 8.webp
    left 3
    assert_equal "$(message)" "No se eliminó la imagen. Imagen no encontrada
Alguien cambió el producto mientras tanto."
    assert_equal "$(names)" '8.webp 9.svg'
    assert_focus "$HOODIE"
    remove 8.webp
    assert_gone 108 8.webp
    sql "DELETE FROM productos WHERE id = 1"
    remove 9.svg
    wait_until shown 'lista.children.length === 1'
    assert_equal "$(notice)" "$HOODIE: Producto no encontrado"
    assert_focus buscar
}

@test "names are text; the search finds them without accents" {
    local name='<img src=x onerror="window.ran=1">'
    two_products
    sql "INSERT INTO categorias (id, nombre) VALUES (1, '<i>Abrigo</i>') ON CONFLICT DO NOTHING;
         INSERT INTO productos (id, nombre, precio, categoria_id, activo) VALUES (3, '$name', 1, 1, false)"
    picture 13 '"><img src=x onerror=window.ran=1>.png' 3
    open_page
    assert_equal "$(js 'return document.querySelector(".ficha h2").textContent')" "$name"
    assert_equal "$(js 'return document.querySelector(".datos").textContent')" '<i>Abrigo</i> · 1 imagen · inactivo'
    click "$(button_of '"><img')"
    assert_equal "$(js 'return document.querySelectorAll("[onerror]").length + typeof window.ran')" 0undefined
    press Escape
    js 'buscar.focus()'
    press ' NINO'
    assert_equal "$(notice)" '1 de 3 productos'
    assert_equal "$(js 'return document.querySelector(".ficha:not([hidden]) h2").textContent')" 'Camiseta Niño'
    press Escape
    assert_equal "$(notice)" '3 productos'
}

@test "the web server signs in, also where the page's address has the password" {
    two_products
    open_page "$CREDENTIALS@localhost"
    remove 7.png
    assert_equal "$(message)" "$DROPPED"
    assert_gone 7 7.png
    assert_regex "$(server_log)" 'imagenes: method="DELETE" id="7" .* user="admin"'
}

@test "a host that refuses DELETE" {
    two_products
    open_page "$CREDENTIALS@filtro.localhost"
    remove 7.png
    assert_equal "$(message)" "$DROPPED"
    assert_gone 7 7.png
}

@test "the shop's own list, which has no ids, is no list to remove from" {
    open_page
    mv "$SERVER/libexec/productos" "$SERVER/libexec/elsewhere"
    printf '%s\n' '#!/bin/sh' 'echo "Content-Type: application/json"' echo \
        "echo '[{\"id\":1,\"nombre\":\"X\",\"imagenes\":[{\"url\":\"/7.png\"}]}]'" >"$SERVER/libexec/productos"
    chmod +x "$SERVER/libexec/productos"
    click '#actualizar'
    page_ready
    mv "$SERVER/libexec/elsewhere" "$SERVER/libexec/productos"
    assert_equal "$(notice)" "Los productos llegan sin los números de sus imágenes.
En este servidor no está activado el programa «productos»."
    assert_equal "$(names)" ''
}

# served_by START: the recipe serves the page, and its web server signs in.
served_by() {
    "${1%_start}_present" || skip "${1%_start} is not installed"
    PRODUCTS=on in_another remove_by_page "$@"
}
remove_by_page() {
    two_products
    go "http://$CREDENTIALS@127.0.0.1:$SERVER_PORT$ENDPOINT.html"
    page_ready
    remove 7.png
    assert_equal "$(message)" "$DROPPED"
    assert_gone 7 7.png
    assert_there 8 8.webp
}
@test "served by Apache's recipe" { served_by apache_start event cgid; }
@test "served by lighttpd's recipe" { served_by lighttpd_start; }
@test "served by nginx's recipe" { served_by nginx_start; }

@test "in another page's frame there is nothing to click" {
    two_products
    go "$(site)/otra.html"
    wait_until shown 'frames[0].document.getElementById("aviso").textContent'
    js 'frames[0].document.getElementById("actualizar").click()'
    sleep 0.5
    assert_equal "$(js 'return frames[0].aviso.textContent + frames[0].lista.children.length')" \
        'Abra esta página en una ventana propia.0'
}

# SCREENSHOT=NAME.png keeps how that looks, in NAME.png, NAME-dark.png and NAME-narrow.png. The first is
# doc/imagenes.png.
screenshot() {
    [ -z "${SCREENSHOT-}" ] || webdriver GET /screenshot | jq -r . | base64 -d >"${SCREENSHOT%.png}${1-}.png"
}
@test "wide, narrow, light and dark" {
    showcase
    open_page
    js 'document.querySelectorAll("img").forEach(i => i.loading = "eager")'
    wait_until shown '[...document.images].every(i => i.complete)'
    chrome Emulation.setDeviceMetricsOverride '{"width": 1000, "height": 760, "deviceScaleFactor": 1, "mobile": true}'
    screenshot
    assert shown 'lista.children[0].offsetTop === lista.children[1].offsetTop'
    assert_equal "$(js 'return getComputedStyle(document.body).backgroundColor')" 'rgb(244, 243, 238)'
    chrome Emulation.setEmulatedMedia '{"features": [{"name": "prefers-color-scheme", "value": "dark"}]}'
    screenshot -dark
    assert_equal "$(js 'return getComputedStyle(document.body).backgroundColor')" 'rgb(21, 24, 22)'
    chrome Emulation.setEmulatedMedia '{"features": []}'
    chrome Emulation.setDeviceMetricsOverride '{"width": 320, "height": 600, "deviceScaleFactor": 1, "mobile": false}'
    assert shown 'document.documentElement.scrollWidth <= document.documentElement.clientWidth'
    click '.eliminar'
    assert shown 'pregunta.offsetWidth <= 320 && pregunta.scrollWidth <= pregunta.clientWidth'
    screenshot -narrow
    press Escape
}

@test "the message is in sight, however tall the card" {
    local id
    for id in {20..39}; do picture "$id" "$id.png"; done
    chrome Emulation.setDeviceMetricsOverride '{"width": 320, "height": 600, "deviceScaleFactor": 1, "mobile": false}'
    open_page
    remove 39.png
    assert_focus "Eliminar la imagen 38.png de $HOODIE"
    assert shown "$(in_sight "document.querySelector('.ficha .aviso')")"
    assert shown "$(in_sight document.activeElement)"
    chrome Emulation.clearDeviceMetricsOverride '{}'
}
in_sight() { echo "(r => r.height && r.top >= 0 && r.bottom <= innerHeight)($1.getBoundingClientRect())"; }

# Six products, with pictures that can be told apart.
showcase() {
    sql "TRUNCATE productos, producto_imagenes RESTART IDENTITY CASCADE;
         INSERT INTO categorias (id, nombre) VALUES (1, 'Abrigo'), (2, 'Verano'), (3, 'Accesorios')
         ON CONFLICT (id) DO UPDATE SET nombre = excluded.nombre;
         INSERT INTO productos (id, nombre, precio, categoria_id, activo) VALUES
         (1, 'Bufanda de Lana', 1, 1, true), (2, 'Gorra Clásica', 1, 3, true),
         (3, 'Mochila', 1, 3, false), (4, 'Taza Balsamoa', 1, 3, true),
         (5, 'Camiseta Niño', 1, 2, true), (6, 'Hoodie Basic', 1, 1, true)"
    drawing 1 'Bufanda roja.svg' 1 b5483f scarf
    drawing 2 'Bufanda azul.svg' 1 3f6fb5 scarf
    drawing 3 'Gorra verde.svg' 2 3f7d5c cap
    drawing 4 'Gorra mostaza.svg' 2 d9a13b cap
    drawing 5 'Mochila.svg' 3 7a5ba6 bag
    drawing 6 'Taza celeste.svg' 4 5aa7c7 cup
    drawing 7 'Taza terracota.svg' 4 c46f4a cup
    drawing 8 'Camiseta Niño amarilla.svg' 5 e6c04d shirt
    drawing 9 'Camiseta Niño lila.svg' 5 b79bd1 shirt
    drawing 10 'Hoodie Basic Blanco.svg' 6 e9e6de hoodie
    drawing 11 'Hoodie Basic Negro.svg' 6 2f3337 hoodie
}

# drawing ID NAME PRODUCT RRGGBB SHAPE
drawing() {
    local shape
    picture "$1" "$2" "$3"
    case $5 in
    shirt) shape='<path d="M36 22 18 32 10 50l14 6v42h52V56l14-6-8-18-18-10c-4 10-24 10-28 0z"/>' ;;
    hoodie) shape='<path d="M36 20 16 32 8 84h14l3-26v42h50V58l3 26h14l-8-52-20-12c-6-10-22-10-28 0z"/>
        <path d="M36 20c0 18 28 18 28 0-6 6-22 6-28 0zM36 70h28l6 16H30z" fill="#0003" stroke="none"/>' ;;
    cap) shape='<path d="M18 62c0-44 56-44 58-4 12 2 18 6 20 12-16-6-54-8-78-8z"/>
        <path d="M47 29v31M30 36c-4 8-5 16-4 25M64 35c4 8 5 14 5 22" fill="none"/>' ;;
    bag) shape='<path d="M38 22c0-14 24-14 24 0" fill="none" stroke-width="4"/>
        <rect x="24" y="20" width="52" height="74" rx="18"/><rect x="32" y="58" width="36" height="26" rx="6" fill="#fff3"/>' ;;
    cup) shape='<path d="M70 46c22-4 22 30 0 26" fill="none" stroke-width="6"/>
        <path d="M22 34h50v42c0 16-50 16-50 0z"/><ellipse cx="47" cy="34" rx="25" ry="7" fill="#fff5"/>' ;;
    scarf) shape='<path d="M40 44 28 92h18l10-40zM54 46l14 44 16-6-14-42z"/>
        <path d="M30 84h18M64 79l16-6" stroke="#fff8" stroke-width="3"/>
        <ellipse cx="52" cy="34" rx="26" ry="13" fill="none" stroke="currentColor" stroke-width="15"/>
        <path d="M27 40c14 16 36 16 50 0" fill="none"/>' ;;
    esac
    echo "<svg xmlns='http://www.w3.org/2000/svg' width='110' height='110' viewBox='-4 0 108 110' color='#$4' fill='currentColor'
        stroke='#0004' stroke-width='1.5' stroke-linejoin='round'>$shape</svg>" >"$PRODUCTOS/$2"
}
