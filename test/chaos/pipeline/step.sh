# NAME LINES PAUSE CODE: prints numbered lines and ends with that code. Each line goes into a file of its own first: what the log has must be the
# beginning of that file, and all of it when the step ended by itself.
ledger=$(dirname "$0") name=$1 lines=$2 pause=$3 code=$4
own="$ledger/out/$BUILD_ID.$BUILD_ATTEMPT.$name"
. "$ledger/mark.sh"
mark begin
i=0
while [ "$i" -lt "$lines" ]; do
  i=$((i + 1))
  read -r up rest < /proc/uptime
  line="$name $i at $up: dvě řádky jsou dvě řádky"
  printf '%s\n' "$line" >> "$own"
  printf '%s\n' "$line"
  [ "$pause" = 0 ] || sleep "$pause"
done
mark end
exit "$code"
