#!/bin/sh
# Receives a webhook, as a CGI program.
head -c "$CONTENT_LENGTH" >> received
printf 'Content-Type: text/plain\r\n\r\nthank you\n'
