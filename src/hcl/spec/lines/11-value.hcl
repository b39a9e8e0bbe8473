x = upper(
 "a"
)
