#!/usr/bin/env bash
# How long a page of traces takes to open: from the start of loading until its script has drawn it and
# the browser has laid it out, in a headless Chromium, each time in a new profile.
#
#   Tests/Benchmarks/page-opening.sh PAGE.html [TIMES]
set -euo pipefail
page=$1 times=${2:-7}
browser=$(command -v chromium || command -v google-chrome) || { echo "page-opening: no chromium, skipped"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A copy that says in its title when it was through.
sed 's|^show(0);$|show(0); document.body.offsetHeight; document.title = "opened " + Math.round(performance.now());|' \
  "$page" > "$folder/page.html"
for _ in $(seq "$times"); do
  "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$folder/profile" \
    --dump-dom "file://$folder/page.html" 2>/dev/null | grep -o '<title>opened [0-9]*' | grep -o '[0-9]*'
  rm -rf "$folder/profile"
done | sort -n | awk -v bytes="$(stat -c %s "$page")" -v steps="$(grep -c '^{"a":' "$page")" '
  { all[NR] = $1 } END { printf "%d steps, %.1f MB: opened in %d ms (median of %d; %d to %d)\n",
    steps, bytes / 1e6, all[int((NR + 1) / 2)], NR, all[1], all[NR] }'
