x = {for x in [1,2] :
 "k${x}" => x
...
}
