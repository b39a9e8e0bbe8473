# NAME LINES: much at once, and no end of line at the end.
ledger=$(dirname "$0") name=$1 lines=$2
own="$ledger/out/$BUILD_ID.$BUILD_ATTEMPT.$name"
. "$ledger/mark.sh"
mark begin
for round in 1 2 3; do
  { seq -f "$name $round %.0f" "$lines"; printf 'no end of line '; } > "$WORKDIR/part"
  # When one of them is killed, what is written here and what is printed are not the same any more.
  cat "$WORKDIR/part" >> "$own" || exit 1
  cat "$WORKDIR/part" || exit 1
done
mark end
