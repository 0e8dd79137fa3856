# Sourced by ./run --demo: the server, and the sample beside it, registered in test mode. Both end together.
keypass_url=${KeyPass__PublicUrl:-http://localhost:8787}
export NOTES_ORIGIN=${NOTES_ORIGIN:-http://localhost:8790} NOTES_PROVIDER=sandbox NOTES_MODEL=sandbox-ok KEYPASS_URL=$keypass_url

dotnet "$server" &
server_pid=$!
# The server is let go in its own time: it settles what runs.
trap 'kill "$server_pid" 2>/dev/null; wait "$server_pid" || true' EXIT
trap 'exit 130' INT TERM
for _ in $(seq 120); do
  curl -fs -o /dev/null "$keypass_url/readyz" && break
  kill -0 "$server_pid" 2>/dev/null || die "The server did not start: it says why above."
  sleep 0.5
done
credentials=$(node samples/notes/register.mjs "$keypass_url" "$NOTES_ORIGIN") || exit 1
eval "$credentials"
say ""
say "  The sample app: $NOTES_ORIGIN   (KeyPass itself: $keypass_url)"
say "  Press \"Connect your AI keys\" there. It is in test mode: the sandbox answers, and nothing costs anything."
say ""
(cd samples/notes && exec dotnet bin/Release/net10.0/KeyPass.Samples.Notes.dll)
