x = [ for ]
