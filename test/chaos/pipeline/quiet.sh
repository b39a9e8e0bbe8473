# NAME TIMES: prints nothing while it works, so that it does not hear that nobody reads it any more.
ledger=$(dirname "$0") name=$1 times=$2
. "$ledger/mark.sh"
mark begin
while [ "$times" -gt 0 ]; do
  times=$((times - 1))
  sleep 0.1
  mark alive
done
mark end
