# Appends to the ledger: the boot's clock, what happened, which build and attempt, which step. One call writes a line, so that lines of many do not mix.
mark() {
  read -r up rest < /proc/uptime
  printf '%s\n' "$up $1 $BUILD_ID $BUILD_ATTEMPT $name" >> "$ledger/marks"
}
