# The main job in a throw-away home: every line that begins with $ is run as it stands.
set -eu
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export CONNECTORS_HOME="$home" CONNECTORS_USER_EMAIL=you@example.com CONNECTORS_USER_NAME=You
unset CONNECTORS_STORE CONNECTORS_TENANT CONNECTOR_AUTH_ENCRYPTION_KEY_FILE CONNECTOR_AUTH_ENCRYPTION_KEY_COMMAND

say() { printf '\n# %s\n' "$*"; }
try() { printf '$ %s\n' "$*"; eval "$@"; }

say "A key for this demo; without one, connectors keeps its key in the OS keyring."
try 'export CONNECTOR_AUTH_ENCRYPTION_KEY="$(connectors key generate)"'

say "The catalog: how many services there are, those of one kind, and a search that forgives a typo."
try 'connectors catalog -o names | wc -l'
try 'connectors catalog --category newsletter -o cards'
try 'connectors catalog -q wrodpress'

say "Two accounts. A secret comes from a variable, a file, a command or a hidden prompt."
export BLOG_PASSWORD='abcd efgh ijkl mnop qrst uvwx' X_TOKEN='demo-access-token'
try 'connectors install wordpress --name blog --activate --tag marketing \
    --set site_url=https://blog.example.com --set username=alice --set "account_label=Company blog" \
    --secret application_password=env:BLOG_PASSWORD'
try 'connectors install twitter --name news --activate \
    --set client_id=bmV3cy1hcHA --secret access_token=env:X_TOKEN'
try 'connectors list -o cards'

say "Change one: what changed is shown, secrets are not."
try 'connectors edit blog --set site_url=https://www.example.com --secret application_password=cmd:"echo new words here" --diff'

say "Remove one, and bring it back."
try 'connectors remove news'
try 'connectors list'
try 'connectors restore news'

say "What a script reads."
try 'connectors targets --json'
try 'connectors targets --capability thread -o names'
try 'connectors get blog application_password --reveal'
