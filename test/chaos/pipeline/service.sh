# start, ready, stop: a process that lives until its stop.
ledger=$(dirname "$0") name=service
. "$ledger/mark.sh"
case $1 in
  start)
    mark service-begin
    sleep 98765 &
    echo $! > "$WORKDIR/service.pid"
    echo "the service begins"
    sleep 0.3 ;;
  ready)
    kill -0 "$(cat "$WORKDIR/service.pid")" ;;
  stop)
    mark service-end
    if [ -e "$WORKDIR/service.pid" ]; then kill "$(cat "$WORKDIR/service.pid")" || true; fi
    echo "the service is stopped" ;;
esac
