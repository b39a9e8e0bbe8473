echo "$PROGRAM: $CHECK is fine, shown $TOKEN (${#TOKEN} characters)"
