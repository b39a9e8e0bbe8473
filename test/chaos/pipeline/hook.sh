# NAME: that it ran.
ledger=$(dirname "$0") name=$1
. "$ledger/mark.sh"
mark hook
