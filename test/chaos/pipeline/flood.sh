# NAME LINES: much at once, and no end of line at the end.
ledger=$(dirname "$0") name=$1 lines=$2
own="$ledger/out/$BUILD_ID.$BUILD_ATTEMPT.$name"
. "$ledger/mark.sh"
mark begin
for round in 1 2 3; do
  { seq -f "$name $round %.0f" "$lines"; printf 'no end of line '; } > "$WORKDIR/part"
  cat "$WORKDIR/part" >> "$own"
  cat "$WORKDIR/part"
done
mark end
