#!/usr/bin/env bash
# How long a page of traces takes to open: from the start of loading until its script has drawn it and
# the browser has laid it out, in a headless Chromium, each time in a new profile; by turns with the
# same page without its data, which is what the browser itself takes.
#
#   Tests/Benchmarks/page-opening.sh PAGE.html [TIMES]
set -euo pipefail
page=$1 times=${2:-7}
browser=$(command -v chromium || command -v google-chrome) || { echo "page-opening: no chromium, skipped"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A copy that says in its title when it was through.
sed 's|^show(0);$|show(0); document.body.offsetHeight; document.title = "opened " + Math.round(performance.now());|' \
  "$page" > "$folder/full.html"
grep -v '^{' "$folder/full.html" > "$folder/bare.html"

open() { # NAME
  "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$folder/profile" \
    --dump-dom "file://$folder/$1.html" 2>/dev/null | grep -o '<title>opened [0-9]*' | grep -o '[0-9]*$' >> "$folder/$1"
  rm -rf "$folder/profile"
}
for _ in $(seq "$times"); do
  open full
  open bare
done
spread() { sort -n "$folder/$1" | awk '{ all[NR] = $1 } END { printf "%d ms [%d, %d]", all[int((NR + 1) / 2)], all[1], all[NR] }'; }
echo "$(grep -c '^{"a":' "$page") steps, $(($(stat -c %s "$page") / 1000)) kB: opened in $(spread full), without data in $(spread bare); median of $times"
