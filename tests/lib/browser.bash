# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables of bats
# A real browser: Chromium without a window, driven by chromedriver (the protocol is W3C WebDriver), with
# its own profile in a private directory. Load it after support.bash and servers.bash.

# What is missing, or nothing.
browser_missing() {
    [ -n "$(browser_program)" ] || echo chromium
    [ -n "$(find_program chromedriver)" ] || echo chromedriver
}
browser_program() { find_program chromium chromium-browser google-chrome; }

browser_start() {
    BROWSER=$(mktemp -d "${TMPDIR:-/tmp}/imagenes.XXXXXX")
    HOME=$BROWSER setsid "$(find_program chromedriver)" --port=0 \
        >"$BROWSER/driver.log" 2>&1 3>&- </dev/null &
    DRIVER_PID=$!
    export BROWSER DRIVER_PID DRIVER_URL
    wait_until grep -q 'successfully on port' "$BROWSER/driver.log" || { cat "$BROWSER/driver.log" >&2; return 1; }
    DRIVER_URL=http://127.0.0.1:$(sed -n 's/.*successfully on port \([0-9]*\).*/\1/p' "$BROWSER/driver.log")
    DRIVER_URL+=/session/$(webdriver POST '' "$(browser_wish)" | jq -r .sessionId)
}

browser_wish() {
    jq -n --arg binary "$(browser_program)" --arg profile "$BROWSER/profile" '{capabilities: {alwaysMatch: {
        "goog:loggingPrefs": {browser: "ALL"},
        "goog:chromeOptions": {binary: $binary, args: ["--headless=new", "--no-sandbox",
            "--disable-dev-shm-usage", "--disable-gpu", "--lang=es", "--window-size=1000,700",
            "--user-data-dir=" + $profile]}}}}'
}

browser_stop() {
    [ -e "${BROWSER:-}/driver.log" ] || return 0
    webdriver DELETE '' >/dev/null || true
    kill -- "-$DRIVER_PID" 2>/dev/null || true
    rm -rf "$BROWSER"
}

# webdriver METHOD PATH [JSON]: prints the value of the answer. Without a session yet, the path is its maker's.
webdriver() {
    local answer url=$DRIVER_URL
    [[ $url == */session/* ]] || url+=/session
    answer=$(curl --silent --show-error --max-time 60 --request "$1" "$url$2" \
        ${3+--header 'Content-Type: application/json' --data-binary @-} <<<"${3-}") || return
    jq 'if (.value | type == "object" and has("error")) then error(.value.message) else .value end' <<<"$answer"
}

go() { webdriver POST /url "$(jq -n --arg url "$1" '{url: $url}')" >/dev/null; }

# js SCRIPT [ARGUMENT ...]: runs it in the page, and prints what it returns: text as it is, else JSON.
js() {
    local value
    # shellcheck disable=SC2016 # jq's
    value=$(webdriver POST /execute/sync "$(jq -n \
        '{script: $ARGS.positional[0], args: $ARGS.positional[1:]}' --args "$@")") || return
    jq -rc . <<<"$value"
}

# shown SCRIPT: whether it returns something true.
shown() { [ "$(js "return Boolean($1)")" = true ]; }

# element SELECTOR: the path of the first one.
element() {
    local value
    # shellcheck disable=SC2016 # jq's
    value=$(webdriver POST /element "$(jq -n --arg css "$1" '{using: "css selector", value: $css}')") || return
    jq -r '"/element/" + first(.[])' <<<"$value"
}

# Clicks as a mouse does: on what is there to be seen.
click() {
    local path
    path=$(element "$1") && webdriver POST "$path/click" '{}' >/dev/null
}

# press KEY ...: one after the other; text is typed.
press() {
    local key
    for key; do
        case $key in
        Tab) key=$'\uE004' ;;
        Enter) key=$'\uE007' ;;
        Escape) key=$'\uE00C' ;;
        esac
        webdriver POST /actions "$(jq -n --arg keys "$key" '{actions: [{type: "key", id: "keyboard",
            actions: [$keys / "" | .[] | {type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}')" >/dev/null
    done
}

# chrome COMMAND JSON: a command of Chromium's own protocol.
chrome() {
    webdriver POST /goog/cdp/execute "{\"cmd\": \"$1\", \"params\": $2}" >/dev/null
}

# What the browser has complained of since it was last asked, one a line.
complaints() { webdriver POST /se/log '{"type": "browser"}' | jq -r '.[].message'; }
