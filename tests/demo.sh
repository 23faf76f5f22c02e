# A tour of the main job in a throw-away home; every line that begins with $ is run as it is shown.
# It calls nobody: the accounts are made up, and nothing is signed in to or posted.
set -eu
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export CONNECTORS_HOME="$home" CONNECTORS_USER_EMAIL=you@example.com CONNECTORS_USER_NAME=You
unset CONNECTORS_STORE CONNECTORS_TENANT CONNECTOR_AUTH_ENCRYPTION_KEY_FILE CONNECTOR_AUTH_ENCRYPTION_KEY_COMMAND

say() { printf '\n# %s\n' "$*"; }
try() { printf '$ %s\n' "$*"; eval "$@"; }

say "This tour keeps its key in a variable. Otherwise it is in your OS keyring."
try 'export CONNECTOR_AUTH_ENCRYPTION_KEY="$(connectors key generate)"'

say "Search the catalog. A typo is forgiven."
try 'connectors catalog -q wrodpress -o cards'

say "Install two accounts. A secret comes from a variable, a file, a command or a hidden prompt."
export BLOG_PASSWORD='abcd efgh ijkl mnop qrst uvwx' X_TOKEN='demo-access-token'
try 'connectors install wordpress --name blog --activate --tag marketing \
    --set site_url=https://blog.example.com --set username=alice --set "account_label=Company blog" \
    --secret application_password=env:BLOG_PASSWORD'
try 'connectors install twitter --name news --activate \
    --set client_id=bmV3cy1hcHA --secret access_token=env:X_TOKEN'
try 'connectors list -o cards'

say "Edit one. The changes are shown, secrets are not."
try 'connectors edit blog --set site_url=https://www.example.com --diff --yes'

say "Remove it, and bring it back."
try 'connectors remove blog'
try 'connectors restore blog'

say "Use them in scripts."
try 'connectors targets --json --fields name,catalog_key,tags'
try 'connectors targets --capability thread -o names'
try "connectors run blog -- sh -c 'echo \"posting to \$CONNECTOR_SITE_URL as \$CONNECTOR_USERNAME\"'"

case $(command -v connectors) in
*/.venv/bin/connectors) activate='source .venv/bin/activate' ;;
*) activate= ;;
esac
say "That was a throw-away home. Now yours:"
printf '%s\n' ${activate:+"$activate"} 'connectors ui                   # the catalog, your accounts and the log on a full screen' \
    'connectors catalog' 'connectors install wordpress' 'connectors --help'
